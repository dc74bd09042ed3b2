export { arrayLiteral } from './array-literal.ts';
export * from './jobs/index.ts';
export * from './ledger/index.ts';
export { MigrationFailed, migrateToLatest } from './migrate.ts';
export { migrations } from './migrations/index.ts';
export { createDb, createPool, PoolExhausted } from './pool.ts';
export type { Database } from './tables/database.ts';
export {
  CommitUnknown,
  type Db,
  errorCode,
  inFramedTransaction,
  inTransaction,
  isConnectionLost,
  isPlanOutdated,
  isTransactionConflict,
  isUniqueViolation,
  onOneConnection,
  type Tx,
} from './transaction.ts';
export { makeClockVirtual } from './virtual-clock.ts';
export { insertionOf, updateOf } from './write-row.ts';
