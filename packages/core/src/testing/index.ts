export * from '../payments/testing/payout-books.ts';
export * from '../payments/testing/payout-person.ts';
export * from '../ways-in/testing/index.ts';
export * from './fund-wallet.ts';
export * from './sent-code.ts';
export * from './signing-person.ts';
export * from './test-core.ts';
export * from './test-provider.ts';
export { testTokenKey } from './token-key.ts';
