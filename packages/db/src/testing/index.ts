export { createFaultyPool, type Fault, type FaultyPool } from './cut-connection.ts';
export { createTestDatabase, type TestDatabase } from './test-database.ts';
