import { type Kysely, sql } from 'kysely';
import { afterAll, beforeEach, expect, test } from 'vitest';
import { accountId } from '../ledger/account-id.ts';
import { checkInvariants } from '../ledger/ledger-invariants.ts';
import { post } from '../ledger/post.ts';
import { readBalances } from '../ledger/read-balances.ts';
import { sampleAccount, sampleSource } from '../ledger/testing/sample-sets.ts';
import { migrateToLatest } from '../migrate.ts';
import { createTestDatabase, type TestDatabase } from '../testing/index.ts';
import { migrations } from './index.ts';

const payer = sampleAccount();
const fees = sampleAccount('fees');
const ids = {
  loneSet: '01900000-0000-7000-8000-000000000001',
  lone: '01900000-0000-7000-8000-0000000000a1',
  pairSet: '01900000-0000-7000-8000-000000000002',
  // The first of a set need not have the lowest id.
  first: '01900000-0000-7000-8000-0000000000b9',
  second: '01900000-0000-7000-8000-0000000000b2',
};
const reference = 'paystack:charge:1';
let database: TestDatabase;

/** A ledger as it was before, with a lone transfer, a pair under a provider reference, and what they moved. */
beforeEach(async () => {
  await database?.drop();
  database = await createTestDatabase();
  await sql`drop schema public cascade`.execute(database.owner);
  await sql`create schema public`.execute(database.owner);
  await sql`grant usage on schema public to public`.execute(database.owner);
  const earlier = Object.entries(migrations).filter(([name]) => name < '0009');
  await migrateToLatest({ ownerUrl: database.ownerUrl, migrations: Object.fromEntries(earlier) });
  const [source, account] = [accountId(sampleSource()), accountId(payer)];
  await sql`select post_sets(${[account, source]}, 1, '{available,float}', ${[payer.ownerId, 'paystack']},
    '{NGN,NGN}', ${[ids.loneSet]}, '{top_up.credit}', '{top_up}', '{cause}', '{provider}', '{authority}', '{NULL}',
    ${[reference]}, '{2026-03-01}', '{1}', '{1}', ${[ids.lone]}, '{2}', '{1}', '{500}')`.execute(
    database.owner,
  );
  await sql`select post_sets(${[account, ...[accountId(fees), source].sort()]}, 1,
    ${accountId(fees) < source ? '{available,fees,float}' : '{available,float,fees}'},
    ${accountId(fees) < source ? [payer.ownerId, null, 'paystack'] : [payer.ownerId, 'paystack', null]},
    '{NGN,NGN,NGN}', ${[ids.pairSet]}, '{adjustment.post}', '{sample}', '{x}', '{session}', '{y}', '{z}', '{NULL}',
    '{2026-03-02}', '{2}', '{1}', ${[ids.first, ids.second]}, '{1,1}', '{2,3}', '{40,60}')`.execute(
    database.owner,
  );
}, 60_000);
afterAll(() => database.drop());

const migrate = () => migrateToLatest({ ownerUrl: database.ownerUrl, migrations });
const transfersOf = (db: Kysely<never>) =>
  sql<
    Record<string, unknown>
  >`select id, debit_account_id, credit_account_id, amount_minor, debit_balance_minor,
    debit_version, credit_balance_minor, credit_version, transaction_id, posted_at, currency
    from transfers order by id`.execute(db);

test('every transfer stays as it was, and says what its set said', async () => {
  const before = await transfersOf(database.owner as unknown as Kysely<never>);
  await migrate();
  const after = await transfersOf(database.owner as unknown as Kysely<never>);
  expect(after.rows).toEqual(before.rows);
  const said = await database.db
    .selectFrom('transfers')
    .select(['id', 'set_id', 'leg', 'legs', 'kind', 'cause_id', 'authority_kind', 'authority_detail'])
    .select('provider_reference')
    .orderBy('id')
    .execute();
  const pair = { set_id: ids.first, legs: 2, kind: 'adjustment.post', cause_id: 'x' };
  const posted = { authority_kind: 'session', authority_detail: 'z', provider_reference: null };
  expect(said).toEqual([
    {
      ...{ id: ids.lone, set_id: ids.lone, leg: 1, legs: 1, kind: 'top_up.credit', cause_id: 'cause' },
      ...{ authority_kind: 'provider', authority_detail: null, provider_reference: reference },
    },
    { ...pair, ...posted, id: ids.second, leg: 2 },
    { ...pair, ...posted, id: ids.first, leg: 1 },
  ]);
  expect(await checkInvariants(database.db)).toEqual([]);
  expect(await readBalances(database.db, [payer])).toEqual([400n]);
});

test('what was posted before is still known, by its first transfer and by its provider reference', async () => {
  await migrate();
  const [debit, credit] = [sampleSource(), payer];
  const set = {
    kind: 'top_up.credit' as const,
    cause: { type: 'top_up', id: 'cause' },
    authority: { kind: 'provider' as const, reference: 'authority' },
    postedAt: new Date('2026-03-03'),
    providerReference: reference,
    transfers: [{ id: ids.lone, debit, credit, amountMinor: 500n }],
  };
  const other = { ...set, transfers: [{ id: ids.loneSet, debit, credit, amountMinor: 500n }] };
  expect(await post(database.db, [set, other])).toEqual([
    { outcome: 'replayed' },
    { outcome: 'refused', rule: 'provider_reference_used' },
  ]);
});

test('a ledger that is not whole is not touched', async () => {
  await sql`alter table transfers disable trigger user`.execute(database.owner);
  await sql`delete from transfers where id = ${ids.second}`.execute(database.owner);
  await expect(migrate()).rejects.toThrow('a set does not have the transfers that it names');
  const { rows } = await sql`select from transfer_sets`.execute(database.owner);
  expect(rows.length).toBe(2);
});
