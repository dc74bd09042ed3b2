export { getBalances, type WalletBalance } from './get-balances.query.ts';
export {
  getPlatformBalances,
  type PlatformBalance,
  type PlatformBook,
} from './get-platform-balances.query.ts';
export { recomputeBalances } from './recompute-balances.query.ts';
