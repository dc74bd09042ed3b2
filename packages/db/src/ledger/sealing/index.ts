export { checkLedgerRows, findAccountAstray, type RowProblem } from './check-ledger-rows.ts';
export { findLedgerRows, type LedgerRow, ledgerRows } from './ledger-rows.ts';
export {
  findRowAhead,
  firstPlace,
  type OrderedRange,
  type OrderedRow,
  type Place,
  placeOf,
  readInOrder,
  rowsAheadOf,
} from './read-in-order.ts';
export {
  findBatches,
  findLastHead,
  findSealAfter,
  findSeals,
  insertSeal,
  lockChain,
  type SealRecord,
  type StoredHead,
  selectHeads,
} from './seal-records.ts';
