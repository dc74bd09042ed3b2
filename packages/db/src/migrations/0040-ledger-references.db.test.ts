import { sql } from 'kysely';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { checkInvariants } from '../ledger/ledger-invariants.ts';
import { post } from '../ledger/post.ts';
import { sampleAccount, sampleReversal, sampleSet, sampleSource } from '../ledger/testing/sample-sets.ts';
import { migrateToLatest } from '../migrate.ts';
import { createTestDatabase, type TestDatabase } from '../testing/index.ts';
import { migrations } from './index.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
  await sql`drop schema public cascade`.execute(database.owner);
  await sql`create schema public`.execute(database.owner);
  await sql`grant usage on schema public to public`.execute(database.owner);
  const earlier = Object.entries(migrations).filter(([name]) => name < '0040');
  await migrateToLatest({ ownerUrl: database.ownerUrl, migrations: Object.fromEntries(earlier) });
}, 60_000);
afterAll(() => database.drop());

test('what was used before is still used', async () => {
  const [source, account] = [sampleSource(), sampleAccount()];
  const providerReference = 'sample:charge:1';
  const credit = sampleSet([[source, account, 500n]], { providerReference });
  const back = sampleReversal(credit);
  expect(await post(database.db, [credit, back])).toEqual([{ outcome: 'posted' }, { outcome: 'posted' }]);
  await migrateToLatest({ ownerUrl: database.ownerUrl, migrations });

  expect(await checkInvariants(database.db)).toEqual([]);
  const again = [sampleSet([[source, account, 500n]], { providerReference }), sampleReversal(credit)];
  expect(await post(database.db, [credit, back, ...again])).toEqual([
    { outcome: 'replayed' },
    { outcome: 'replayed' },
    { outcome: 'refused', rule: 'provider_reference_used' },
    { outcome: 'refused', rule: 'reversed_set_already' },
  ]);
});
