export { restoreElsewhere } from '../ledger/testing/restore-elsewhere.ts';
export { untilSettled } from '../ledger/testing/until-settled.ts';
export { createFaultyPool, type Fault, type FaultyPool } from './cut-connection.ts';
export { createTestDatabase, type TestDatabase } from './test-database.ts';
