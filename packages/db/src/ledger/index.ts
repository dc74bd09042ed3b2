export { type AccountName, accountId } from './account-id.ts';
export { type AccountPurpose, accountPurposes } from './account-purposes.ts';
export { beginEpoch, findHorizon, foldBalances } from './checkpoints/fold-balances.ts';
export { type FoundSet, findSet } from './find-set.ts';
export {
  checkInvariants,
  type InvariantViolation,
  type LedgerInvariant,
  ledgerInvariants,
} from './ledger-invariants.ts';
export {
  type ListedTransfer,
  listTransfers,
  type TransferFilter,
  type TransferPage,
} from './list-transfers.ts';
export { type MovementKind, movementKinds } from './movement-kinds.ts';
export { type Posting, post, postingOf } from './post.ts';
export { readBalances } from './read-balances.ts';
export { readBalancesAt } from './read-balances-at.ts';
export * from './sealing/index.ts';
export {
  type Authority,
  type ExceededLimit,
  type LimitCount,
  type SetAnswer,
  type SetRefusal,
  type SetRule,
  setRules,
  type Transfer,
  type TransferSet,
} from './transfer-set.ts';
export { type TrialBalanceLine, trialBalance, trialBalanceAt } from './trial-balance.ts';
