export { restoreElsewhere } from '../ledger/testing/restore-elsewhere.ts';
export { untilSettled } from '../ledger/testing/until-settled.ts';
export { createFaultyPool, type Fault, type FaultyPool } from './cut-connection.ts';
export {
  contentsOf,
  type DatabaseContents,
  type DumpFormat,
  dumpDatabase,
  restoreDatabase,
  schemaOf,
} from './dump-database.ts';
export { createSecondDatabase, type SecondDatabase } from './second-database.ts';
export { seededRandom } from './seeded-random.ts';
export { createTestDatabase, type TestDatabase } from './test-database.ts';
