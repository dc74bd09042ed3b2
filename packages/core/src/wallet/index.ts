export { foldBalances } from './fold-balances.sweep.ts';
export { getBalances } from './get-balances.query.ts';
export { getBalancesAt } from './get-balances-at.query.ts';
export {
  getPlatformBalances,
  type PlatformBalance,
  type PlatformBook,
} from './get-platform-balances.query.ts';
export { getTrialBalanceAt, type TrialBalanceAt } from './get-trial-balance-at.query.ts';
export { recomputeBalances } from './recompute-balances.query.ts';
export type { Counterparty } from './statement/counterparty.rules.ts';
export { exportStatement, type StatementFile } from './statement/export-statement.query.ts';
export { getStatement } from './statement/get-statement.query.ts';
export { publicCauseId } from './statement/public-cause.rules.ts';
export type { Statement, StatementLine } from './statement/read-statement.ts';
export type { WalletBalance } from './wallet-balance.rules.ts';
