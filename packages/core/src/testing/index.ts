export * from './fund-wallet.ts';
export * from './signing-person.ts';
export * from './test-core.ts';
export * from './test-provider.ts';
