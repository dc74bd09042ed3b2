import { type RawBuilder, sql } from 'kysely';
import { v7 } from 'uuid';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createTestDatabase, type TestDatabase } from '../testing/index.ts';
import { inTransaction } from '../transaction.ts';
import { accountId } from './account-id.ts';
import { accountPurposes } from './account-purposes.ts';
import { checkInvariants, ledgerInvariants } from './ledger-invariants.ts';
import { post } from './post.ts';
import { sampleAccount, sampleReversal, sampleSet, sampleSource } from './testing/sample-sets.ts';

let database: TestDatabase;
const account = sampleAccount();
const fees = sampleAccount('fees');
const set = sampleSet(
  [
    [sampleSource(), account, 100n],
    [account, fees, 40n],
  ],
  { providerReference: 'paystack:charge:1' },
);
const first = set.transfers[0]?.id ?? '';
const taken = sampleSet([[account, fees, 2n]], {
  counts: [{ limit: 'sample.daily', ownerId: 'sample', currency: 'NGN', amountMinor: 2n, ceilingMinor: 9n }],
});
beforeAll(async () => {
  database = await createTestDatabase();
  await post(database.db, [set, sampleSet([[account, fees, 10n]]), taken, sampleReversal(taken)]);
});
afterAll(() => database.drop());

const tables = [
  'account_purposes',
  'accounts',
  'transfers',
  'limit_counters',
  'limit_counts',
  'set_references',
];
const changes = tables.flatMap(
  (table) =>
    [
      [`delete from ${table}`, sql`delete from ${sql.table(table)}`],
      [`truncate ${table}`, sql`truncate ${sql.table(table)}`],
    ] as [string, RawBuilder<unknown>][],
);
changes.push(
  ['update account_purposes', sql`update account_purposes set guarded = false`],
  ['update accounts', sql`update accounts set balance_minor = balance_minor + 1, version = version + 1`],
  ['delete from transfer_sets', sql`delete from transfer_sets`],
  ['update transfer_sets', sql`update transfer_sets set kind = 'escrow.hold'`],
  ['update limit_counters', sql`update limit_counters set used_minor = used_minor - 1`],
  ['update limit_counts', sql`update limit_counts set amount_minor = amount_minor - 1`],
  ['update set_references', sql`update set_references set set_id = gen_random_uuid()`],
  ['update transfers', sql`update transfers set amount_minor = amount_minor + 1`],
);
const insertions: [string, RawBuilder<unknown>][] = tables.map((table) => [
  `insert into ${table}`,
  sql`insert into ${sql.table(table)} select * from ${sql.table(table)}`,
]);

const denied = { code: '42501' };

test.each([...changes, ...insertions])('the application may not %s', async (_, statement) => {
  await expect(statement.execute(database.db)).rejects.toMatchObject(denied);
});

test.each(changes)('not even the owner may %s', async (_, statement) => {
  await expect(statement.execute(database.owner)).rejects.toMatchObject(denied);
});

test('not even the owner may open an account by hand', async () => {
  const statement = sql`insert into accounts (id, balance_minor, version, guarded, purpose, currency, opened_at)
    select gen_random_uuid(), 5, 0, true, 'available', 'NGN', now()`;
  await expect(statement.execute(database.owner)).rejects.toMatchObject(denied);
});

test.each([
  [
    'counter',
    sql`insert into limit_counters (limit_name, owner_id, currency, day, used_minor)
      values ('sample.daily', 'other', 'NGN', '2026-03-01', 0)`,
  ],
  [
    'count',
    sql`insert into limit_counts (set_id, limit_name, owner_id, currency, day, amount_minor)
      values (gen_random_uuid(), 'sample.daily', 'sample', 'NGN', '2026-03-01', 1)`,
  ],
  [
    'reference',
    sql`insert into set_references (kind, reference, set_id)
      values ('provider_reference', 'sample', gen_random_uuid())`,
  ],
])('not even the owner may write a %s by hand', async (_, statement) => {
  await expect(statement.execute(database.owner)).rejects.toMatchObject(denied);
});

test('nor may the owner post: whoever posts is logged in as the application', async () => {
  for (const sets of [[sampleSet([[account, fees, 1n]])], [set, sampleSet([[account, fees, 1n]])]]) {
    await expect(post(database.owner, sets)).rejects.toMatchObject(denied);
  }
  expect(await checkInvariants(database.db)).toEqual([]);
});

test('what posts runs as its owner, and pins its schemas or names them', async () => {
  const { rows } = await sql<{ proname: string; prosecdef: boolean; pins: boolean | null }>`
    select proname, prosecdef, 'search_path=pg_catalog, public, pg_temp' = any (proconfig) as pins from pg_proc
      where proname in ('post_sets', 'post_transfer', 'open_account_with', 'require_posting')
      order by proname`.execute(database.db);
  expect(rows).toEqual([
    { proname: 'open_account_with', prosecdef: false, pins: null },
    { proname: 'post_sets', prosecdef: true, pins: true },
    { proname: 'post_transfer', prosecdef: true, pins: null },
    { proname: 'require_posting', prosecdef: false, pins: null },
  ]);
});

// The application is not even let make a temporary table. As if it were.
test('nothing temporary stands in for the ledger', async () => {
  const url = new URL(database.applicationUrl);
  const name = sql.id(url.pathname.slice(1));
  await sql`grant temporary on database ${name} to ${sql.id(url.username)}`.execute(database.owner);
  await database.db.connection().execute(async (connection) => {
    const hostile = ['accounts', 'transfers', 'account_purposes'];
    for (const table of hostile) {
      await sql`create temporary table ${sql.table(table)} (like ${sql.table(`public.${table}`)})`.execute(
        connection,
      );
    }
    for (const type of ['bytea', 'uuid', 'text', 'jsonb']) {
      await sql`create domain pg_temp.${sql.id(type)} as integer`.execute(connection);
    }
    await sql`set search_path = pg_temp, public, pg_catalog`.execute(connection);
    const payer = sampleAccount();
    const sets = [
      sampleSet([[sampleSource(), payer, 5n]]),
      sampleSet([[payer, sampleAccount('held'), 2n]]),
      sampleSet([[sampleSource(), account, 1n]]),
    ];
    for (const one of sets) expect(await post(connection, [one])).toEqual([{ outcome: 'posted' }]);
    const refused = sampleSet([[payer, account, 9n]]);
    expect(await post(connection, [refused])).toMatchObject([{ outcome: 'refused', balanceMinor: 3n }]);
    expect(await post(connection, sets)).toEqual(sets.map(() => ({ outcome: 'replayed' })));
    for (const table of hostile) {
      const { rows } = await sql`select from ${sql.table(`pg_temp.${table}`)}`.execute(connection);
      expect(rows).toEqual([]);
      await sql`drop table ${sql.table(`pg_temp.${table}`)}`.execute(connection);
    }
    await sql`reset search_path`.execute(connection);
    await sql`discard temporary`.execute(connection);
  });
  await sql`revoke temporary on database ${name} from ${sql.id(url.username)}`.execute(database.owner);
  expect(await checkInvariants(database.db)).toEqual([]);
});

test.each([
  'open_accounts',
  'refuse_accounts',
  'open_account_with',
  'find_posted',
  'judge_transfers',
  'judge_reversal',
  'lock_limits',
  'count_limits',
  'refuse_change',
])('the application may not call %s', async (name) => {
  const { rows } = await sql<{ allowed: boolean }>`
      select has_function_privilege('errand_dash_application', oid, 'execute') as allowed
        from pg_proc where proname = ${name}`.execute(database.db);
  expect(rows).toEqual([{ allowed: false }]);
});

test('the purposes of accounts are the same in the code and in the database', async () => {
  const rows = await database.db.selectFrom('account_purposes').selectAll().orderBy('purpose').execute();
  const known = Object.entries(accountPurposes).map(([purpose, { guarded, ownerKind }]) => ({
    purpose,
    guarded,
    has_owner: ownerKind !== null,
  }));
  expect(rows).toEqual(known.toSorted((a, b) => (a.purpose < b.purpose ? -1 : 1)));
});

test.each([account, fees, sampleSource('USD')])(
  'the id of $purpose is made of its name in the same way by both',
  async (name) => {
    const { rows } = await sql<{ id: string }>`
    select account_id_of(${name.purpose}, ${name.ownerId}, ${name.currency}) as id`.execute(database.db);
    expect(rows).toEqual([{ id: accountId(name) }]);
  },
);

describe('a caller who does not say the truth to post_sets is refused', () => {
  const [low, high] = [sampleAccount(), sampleAccount()].toSorted((a, b) =>
    accountId(a) < accountId(b) ? -1 : 1,
  ) as [typeof account, typeof account];
  const call = (ids: string[], guardedCount: number, currencies: string[], purposes: string[]) => sql`
    select post_sets(${ids}, ${guardedCount}, ${purposes}, ${[low.ownerId, high.ownerId]}, ${currencies},
      '{1}', '{1}', ${[v7()]}, '{1}', '{2}', '{5}', '{2026-03-01}', '{adjustment.post}', '{sample}', '{x}', '{session}',
      '{x}', '{x}', '{NULL}', '{NULL}', null)`;
  beforeAll(async () => {
    await post(database.db, [
      sampleSet([[sampleSource(), low, 50n]]),
      sampleSet([[sampleSource(), high, 50n]]),
    ]);
  });
  const ids = [accountId(low), accountId(high)];
  const ngn = ['NGN', 'NGN'];
  const available = ['available', 'available'];

  test.each([
    ['accounts out of order', call(ids.toReversed(), 2, ngn, available)],
    ['an account twice', call([ids[0] ?? '', ids[0] ?? ''], 2, ngn, available)],
    ['a guarded account as unguarded', call(ids, 1, ngn, available)],
    ['all guarded accounts as unguarded', call(ids, 0, ngn, available)],
    ['more guarded accounts than there are', call(ids, 3, ngn, available)],
    ['another currency', call(ids, 2, ['USD', 'USD'], available)],
    [
      'a new account under the id of something else',
      call(
        ids.map((id) => id.replace(/.$/, 'z').replace('z', id.endsWith('0') ? '1' : '0')),
        2,
        ngn,
        available,
      ),
    ],
  ])('%s', async (_, statement) => {
    await expect(statement.execute(database.db)).rejects.toMatchObject({ code: 'P0001' });
    expect(await checkInvariants(database.db)).toEqual([]);
  });

  const newIds = [sampleAccount(), sampleAccount()].map(accountId).toSorted();
  test.each([
    ['a known account', call(ids, 1, ngn, available), `account ${ids[1]} for available is not what`],
    ['a new account', call(newIds, 2, ngn, available), `account ${newIds[0]} for available is not what`],
    [
      'a purpose',
      call(newIds, 2, ngn, ['bonus', 'bonus']),
      `account ${newIds[0]} has the unknown purpose bonus`,
    ],
    ['how many are guarded', call(ids, 3, ngn, available), 'guarded ones first'],
  ])('and told what was not so: %s', async (_, statement, says) => {
    await expect(statement.execute(database.db)).rejects.toThrow(says);
  });

  test('while the truth is posted', async () => {
    const { rows } = await call(ids, 2, ngn, available).execute(database.db);
    expect(rows).toEqual([{ post_sets: null }]);
  });
});

describe('what was tampered with is found', () => {
  const id = accountId(account);
  const falseCheckpoint = sql`insert into account_checkpoints values (${accountId(sampleSource())}, 1, 1)`;
  const tampering: [invariant: string, RawBuilder<unknown>][] = [
    ['balances_sum_to_zero', sql`update accounts set balance_minor = balance_minor + 1 where id = ${id}`],
    [
      'stored_balance_equals_its_recomputation',
      sql`update accounts set balance_minor = balance_minor + 1 where id = ${id}`,
    ],
    [
      'stored_balance_equals_its_recomputation',
      sql`update accounts set version = version + 1 where id = ${id}`,
    ],
    ['guarded_balance_is_within_bounds', sql`update accounts set balance_minor = -1 where id = ${id}`],
    [
      'guarded_balance_is_within_bounds',
      sql`update accounts set balance_minor = ${2n ** 53n} where id = ${id}`,
    ],
    [
      'no_set_left_a_guarded_balance_below_zero',
      sql`update transfers set credit_balance_minor = -5 where credit_version = 1`,
    ],
    [
      'lines_form_a_chain',
      sql`update transfers set debit_balance_minor = debit_balance_minor + 1 where debit_version = 2`,
    ],
    ['lines_form_a_chain', sql`update transfers set debit_version = 7 where debit_version = 3`],
    [
      'stored_balance_equals_its_recomputation',
      sql`update transfers set amount_minor = amount_minor + 1 where debit_version = 2`,
    ],
    [
      'line_is_what_an_amount_can_say',
      sql`update transfers set credit_balance_minor = ${2n ** 53n} where credit_version = 1`,
    ],
    [
      'line_is_what_an_amount_can_say',
      sql`update transfers set debit_balance_minor = ${-(2n ** 53n)} where debit_version = 2`,
    ],
    [
      'transfer_is_of_a_transaction_that_was',
      sql`update transfers set transaction_id = '17000000000000' where debit_version = 2`,
    ],
    ['transfer_is_sound', sql`update transfers set currency = 'USD' where debit_version = 2`],
    ['transfer_is_sound', sql`update transfers set amount_minor = 0 where debit_version = 2`],
    [
      'transfer_is_sound',
      sql`update transfers set debit_account_id = gen_random_uuid() where debit_version = 2`,
    ],
    ['set_has_all_of_its_transfers', sql`delete from transfers where leg = 2`],
    ['set_has_all_of_its_transfers', sql`delete from transfers where leg = 1 and legs = 2`],
    ['set_has_all_of_its_transfers', sql`update transfers set legs = 3 where legs = 2`],
    ['set_has_all_of_its_transfers', sql`update transfers set leg = 1 where leg = 2`],
    ['transfer_stands_in_its_set', sql`delete from transfers where leg = 1 and legs = 2`],
    ['transfer_stands_in_its_set', sql`update transfers set leg = 3 where leg = 2`],
    ['transfer_stands_in_its_set', sql`update transfers set legs = 3 where leg = 2`],
    ['transfer_stands_in_its_set', sql`update transfers set set_id = gen_random_uuid() where leg = 2`],
    ['transfer_stands_in_its_set', sql`update transfers set kind = 'escrow.hold' where leg = 2`],
    ['transfer_stands_in_its_set', sql`update transfers set provider_reference = 'another' where leg = 2`],
    [
      'transfer_stands_in_its_set',
      sql`update transfers set reverses_set_id = gen_random_uuid() where leg = 2`,
    ],
    [
      'transfer_stands_in_its_set',
      sql`update transfers set posted_at = posted_at + interval '1 day' where debit_version = 2`,
    ],
    ['set_has_an_authority', sql`update transfers set authority_reference = ''`],
    ['set_has_an_authority', sql`update transfers set authority_kind = 'nobody'`],
    ['provider_reference_has_one_effect', sql`update transfers set provider_reference = 'paystack:charge:1'`],
    [
      'reversal_takes_back_one_set_once',
      sql`update transfers set reverses_set_id = gen_random_uuid() where legs = 1`,
    ],
    [
      'reversal_takes_back_one_set_once',
      sql`update transfers set reverses_set_id = (select id from transfers where leg = 2) where legs = 1`,
    ],
    [
      'reversal_takes_back_one_set_once',
      sql`update transfers set reverses_set_id = ${first} where legs = 1 and reverses_set_id is null`,
    ],
    [
      'reversal_takes_back_one_set_once',
      sql`update transfers set amount_minor = 41 where reverses_set_id is not null`,
    ],
    [
      'reversal_takes_back_one_set_once',
      sql`insert into transfers select (jsonb_populate_record(transfers, jsonb_build_object(
        'id', other, 'set_id', other, 'debit_version', 100 + debit_version,
        'credit_version', 100 + credit_version))).*
        from transfers, gen_random_uuid() other where reverses_set_id is not null`,
    ],
    ['reference_is_kept_of_its_set', sql`delete from set_references where kind = 'provider_reference'`],
    ['reference_is_kept_of_its_set', sql`delete from set_references where kind = 'reversed_set'`],
    [
      'reference_is_kept_of_its_set',
      sql`insert into set_references select kind, 'another', set_id from set_references`,
    ],
    ['reference_is_kept_of_its_set', sql`update set_references set set_id = gen_random_uuid()`],
    [
      'reference_is_kept_of_its_set',
      sql`update transfers set provider_reference = 'another' where provider_reference is not null`,
    ],
    ['limit_counter_is_the_sum_of_its_counts', sql`update limit_counters set used_minor = 1`],
    ['limit_counter_is_the_sum_of_its_counts', sql`update limit_counts set amount_minor = 1`],
    ['limit_counter_is_the_sum_of_its_counts', sql`delete from limit_counters`],
    ['limit_counter_is_the_sum_of_its_counts', sql`delete from limit_counts`],
    ['limit_was_counted_by_a_set_of_its_day', sql`update limit_counts set day = day + 1`],
    ['limit_was_counted_by_a_set_of_its_day', sql`update limit_counts set set_id = gen_random_uuid()`],
    ['account_is_what_its_id_says', sql`update accounts set owner_id = 'somebody-else' where id = ${id}`],
    ['account_is_what_its_id_says', sql`update accounts set guarded = false where id = ${id}`],
    ['checkpoint_equals_what_it_covers', falseCheckpoint],
    ['unguarded_balance_equals_its_recomputation', falseCheckpoint],
  ];

  test('every invariant has its tampering', () => {
    const found = new Set(tampering.map(([invariant]) => invariant));
    expect(ledgerInvariants.map(({ name }) => name).filter((name) => !found.has(name))).toEqual([]);
  });

  test.each(tampering)('%s (%#)', async (invariant, tamper) => {
    const undone = inTransaction(database.owner, async (tx) => {
      await sql`alter table accounts disable trigger user`.execute(tx);
      for (const table of ['transfers', 'limit_counters', 'limit_counts', 'set_references']) {
        await sql`alter table ${sql.table(table)} disable trigger user`.execute(tx);
      }
      await sql`drop index transfers_by_set`.execute(tx);
      await tamper.execute(tx);
      const violations = await checkInvariants(tx);
      expect(violations.map((violation) => violation.invariant)).toContain(invariant);
      throw new Error('undone');
    });
    await expect(undone).rejects.toThrow('undone');
    expect(await checkInvariants(database.db)).toEqual([]);
  });
});
