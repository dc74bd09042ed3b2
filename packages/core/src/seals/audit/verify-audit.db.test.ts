import { inTransaction } from '@errand-dash/db';
import {
  createTestDatabase,
  restoreElsewhere,
  type TestDatabase,
  untilSettled,
} from '@errand-dash/db/testing';
import { type RawBuilder, sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { command } from '../../command.ts';
import { checkAllInvariants } from '../../invariants.ts';
import { createTestCore, makeTestUser, type TestCore, type TestUser } from '../../testing/index.ts';
import type { ChainProblemKind } from '../chains/chain-problem.ts';
import { type ChainReport, type VerifyChain, verifyChain } from '../chains/verify-chain.ts';
import { findHeads } from '../heads/find-heads.ts';
import type { SignedHead } from '../heads/seal-head.ts';
import { auditSource } from './audit-source.ts';
import { sealAudit } from './seal-audit.sweep.ts';

let database: TestDatabase;
let core: TestCore;
let person: TestUser;
let ids: string[];
let heads: SignedHead[];

const doSomething = command('test.do', async (_tx, { amountMinor }: { amountMinor: bigint }, { audit }) => {
  audit({ subjects: [{ type: 'errand', id: 'demo' }], data: { amountMinor: Number(amountMinor) } });
  return { result: 'done' };
});

const act = () =>
  doSomething(core, { ...person.call(), networkAddress: '203.0.113.7' }, { amountMinor: 100n });

const sealAll = async () => {
  await untilSettled(database.db);
  let total = 0;
  for (let sealed = 1; sealed > 0; total += sealed) sealed = await sealAudit(core, 1);
  return total;
};

const verify = (given?: Partial<VerifyChain>) =>
  verifyChain(database.db, auditSource, { keys: core.seals.keys, ...given });

/** Verifies after the owner of the database has done this with every trigger off; then it is undone. */
async function verifyTampered(statements: readonly RawBuilder<unknown>[], given?: Partial<VerifyChain>) {
  const report = Promise.withResolvers<ChainReport>();
  const undone = inTransaction(database.owner, async (tx) => {
    for (const table of ['audit_entries', 'seals']) {
      await sql`alter table ${sql.id(table)} disable trigger user`.execute(tx);
    }
    for (const statement of statements) await statement.execute(tx);
    report.resolve(await verifyChain(tx, auditSource, { keys: core.seals.keys, ...given }));
    throw new Error('undone');
  });
  await undone.catch((error: Error) => report.reject(error));
  return report.promise;
}

/** Batches of 4, 3 and 5 entries, and two more that are not sealed yet. */
beforeAll(async () => {
  database = await createTestDatabase();
  core = createTestCore(database.db, { policy: { sealAfterSeconds: 0 } });
  person = await makeTestUser(core, 'demo_user');
  for (const size of [4, 3, 5]) {
    for (let count = 0; count < size; count += 1) await act();
    expect(await sealAll()).toBe(size);
  }
  for (let count = 0; count < 2; count += 1) await act();
  await untilSettled(database.db);
  const { rows } = await sql<{
    id: string;
  }>`select id from audit_entries order by transaction_id, id`.execute(database.db);
  ids = rows.map(({ id }) => id);
  heads = await findHeads(database.db, { chain: 'audit', after: 0, limit: 10 });
});
afterAll(() => database.drop());

/** The id of an entry by its number in the log, from 1. */
const id = (number: number) => ids[number - 1] ?? '';
/** What finds the entry of a number; an id is not known before all of them are written. */
const at = (number: number) => sql`id = ${id(number)}`;
const forgedId = '019a0000-0000-7000-8000-000000000001';

test('a log that nobody touched is whole, and no seal wrote an entry', async () => {
  expect(await verify({ known: heads })).toEqual({
    chain: 'audit',
    heads: 3,
    sealed: 12,
    unsealed: 2,
    known: 3,
    last: heads[2],
    problem: null,
  });
});

describe('every column that is changed, in the sixth entry of twelve', () => {
  const changes: [column: string, value: RawBuilder<unknown>][] = [
    ['occurred_at', sql`occurred_at + interval '1 microsecond'`],
    ['kind', sql`'read'`],
    ['name', sql`'test.other'`],
    ['outcome', sql`'FORBIDDEN'`],
    ['actor_kind', sql`'clock'`],
    ['actor_reference', sql`gen_random_uuid()`],
    ['session_id', sql`null`],
    ['key_hash', sql`set_byte(key_hash, 31, 255 - get_byte(key_hash, 31))`],
    ['network_address_hash', sql`null`],
    ['request_id', sql`request_id || ' '`],
    ['subjects', sql`array['errand another']`],
    ['data', sql`jsonb_set(data, '{amountMinor}', '101')`],
  ];

  test.each(changes)('%s', async (column, value) => {
    const { problem } = await verifyTampered([
      sql`update audit_entries set ${sql.id(column)} = ${value} where ${at(6)}`,
    ]);
    expect(problem).toMatchObject({ kind: 'row_edited', position: 6, headNumber: 2, id: id(6) });
    expect(problem?.says).toContain(`entry ${id(6)} was edited`);
  });

  test('and there is no other column', async () => {
    const { rows } = await sql<{ name: string }>`select column_name as name from information_schema.columns
      where table_name = 'audit_entries'`.execute(database.owner);
    const known = [...changes.map(([column]) => column), 'id', 'transaction_id'];
    expect(rows.map(({ name }) => name).sort()).toEqual(known.sort());
  });

  test('digits that JavaScript would lose', async () => {
    const { rows } = await sql<{ text: string }>`select data::text as text from audit_entries
      where ${at(6)}`.execute(database.db);
    expect(JSON.parse(rows[0]?.text ?? '')).toMatchObject({ amountMinor: 100 });
    const { problem } = await verifyTampered([
      sql`update audit_entries set data = jsonb_set(data, '{amountMinor}', '100.00000000000000000001') where ${at(6)}`,
    ]);
    expect(problem).toMatchObject({ kind: 'row_edited', id: id(6) });
  });
});

describe('what is done to entries is found where it begins', () => {
  const copyOf = (number: number) => [
    sql`create temporary table copied on commit drop as select * from audit_entries where ${at(number)}`,
    sql`update copied set id = ${forgedId}`,
    sql`insert into audit_entries select * from copied`,
  ];
  const swapped = (one: number, other: number, column: string) =>
    sql`update audit_entries set ${sql.id(column)} = (select ${sql.id('twin', column)} from audit_entries twin
        where twin.id = case audit_entries.id when ${id(one)} then ${id(other)}::uuid else ${id(one)}::uuid end)
      where id in (${id(one)}, ${id(other)})`;
  const from = (number: number) =>
    sql`delete from audit_entries where transaction_id >= (select transaction_id from audit_entries where ${at(number)})`;

  type Case = [
    what: string,
    statements: () => RawBuilder<unknown>[],
    kind: ChainProblemKind,
    position: number,
  ];
  test.each<Case>([
    ['one removed in the middle', () => [sql`delete from audit_entries where ${at(6)}`], 'row_deleted', 6],
    ['the first removed', () => [sql`delete from audit_entries where ${at(1)}`], 'row_deleted', 1],
    ['the last sealed removed', () => [sql`delete from audit_entries where ${at(12)}`], 'row_deleted', 12],
    ['all from the sixth on removed', () => [from(6)], 'row_deleted', 6],
    ['all removed', () => [sql`truncate audit_entries`], 'row_deleted', 1],
    [
      'two swapped: their ids',
      () => [
        sql`update audit_entries set id = ${forgedId} where ${at(9)}`,
        sql`update audit_entries set id = ${id(9)} where ${at(11)}`,
        sql`update audit_entries set id = ${id(11)} where id = ${forgedId}`,
      ],
      'row_swapped',
      9,
    ],
    ['two swapped: their places', () => [swapped(9, 11, 'transaction_id')], 'row_swapped', 9],
    ['two swapped: their keys', () => [swapped(9, 11, 'key_hash')], 'row_edited', 9],
    ['two swapped, of different batches', () => [swapped(3, 9, 'transaction_id')], 'row_moved', 3],
    [
      'one moved to the end',
      () => [
        sql`update audit_entries set transaction_id = (select max(transaction_id) from audit_entries) where ${at(6)}`,
      ],
      'row_moved',
      6,
    ],
    ['one inserted into a batch', () => copyOf(6), 'row_inserted', 6],
    [
      'several: the first of them is named',
      () => [
        sql`update audit_entries set outcome = 'done ' where id in (${id(3)}, ${id(6)}, ${id(11)})`,
        sql`delete from audit_entries where id in (${id(4)}, ${id(7)})`,
      ],
      'row_edited',
      3,
    ],
  ])('%s', async (_what, statements, kind, position) => {
    const { problem } = await verifyTampered(statements());
    expect(problem).toMatchObject({ kind, position, id: kind === 'row_inserted' ? forgedId : id(position) });
  });

  test('one that names a transaction which was not yet, and an invariant finds it too', async () => {
    const ahead = [
      ...copyOf(14),
      sql`update audit_entries set transaction_id = '17000000000000' where id = ${forgedId}`,
    ];
    expect((await verifyTampered(ahead)).problem).toMatchObject({ kind: 'row_ahead', id: forgedId });
    const undone = inTransaction(database.owner, async (tx) => {
      await sql`alter table audit_entries disable trigger user`.execute(tx);
      for (const statement of ahead) await statement.execute(tx);
      expect((await checkAllInvariants(tx)).map(({ invariant }) => invariant)).toEqual([
        'audit_entry_is_of_a_transaction_that_was',
      ]);
      throw new Error('undone');
    });
    await expect(undone).rejects.toThrow('undone');
  });

  test('an end that was cut off with its seals is found by the last head that was seen', async () => {
    const [first, , third] = heads as [SignedHead, SignedHead, SignedHead];
    const cut = () => [from(5), sql`delete from seals where chain = 'audit' and number >= 2`];
    const { problem } = await verifyTampered(cut(), { known: [third] });
    expect(problem).toMatchObject({ kind: 'cut_off', headNumber: 2, position: 5 });
    expect(problem?.says).toContain('8 rows from number 5 on were cut off');
    expect((await verifyTampered(cut(), { known: [first] })).problem).toBeNull();
  });

  test('seals that were cut off alone are found by it too', async () => {
    const cut = [sql`delete from seals where chain = 'audit' and number = 3`];
    const { problem } = await verifyTampered(cut, { known: heads });
    expect(problem).toMatchObject({ kind: 'cut_off', headNumber: 3, position: 8 });
  });
});

describe('on a log that goes on', () => {
  test('the entry of a transaction that is held open across a seal is sealed afterwards', async () => {
    await sealAll();
    const held = Promise.withResolvers<void>();
    const isWritten = Promise.withResolvers<void>();
    const holding = command('test.hold', async (tx, _input: Record<string, never>) => {
      await sql`select pg_current_xact_id()`.execute(tx);
      isWritten.resolve();
      await held.promise;
      return { result: 'late' };
    });
    const late = holding(core, person.call(), {});
    await isWritten.promise;
    // Begins later and commits sooner, which is what a bare place in the order would trip over.
    await act();
    for (let turn = 0; turn < 3; turn += 1) expect(await sealAudit(core, 1)).toBe(0);
    held.resolve();
    await late;
    expect(await sealAll()).toBe(2);
    expect(await verify({ known: heads })).toMatchObject({ problem: null, unsealed: 0 });
  });

  test('several workers seal each entry once', async () => {
    await sealAll();
    const before = (await verify()).sealed;
    const sealing = Array.from({ length: 4 }, async () => {
      for (let turn = 0; turn < 4; turn += 1) await sealAudit(core, 1);
    });
    await Promise.all([...sealing, ...Array.from({ length: 10 }, act)]);
    await sealAll();
    expect(await verify({ known: heads })).toMatchObject({ problem: null, sealed: before + 10, unsealed: 0 });
  });

  test('a restored copy is verified, sealed on, and verified again', async () => {
    await sealAll();
    const before = await verify();
    await restoreElsewhere(database);
    expect(await verify({ known: heads })).toMatchObject({ problem: null, sealed: before.sealed });
    await act();
    expect(await sealAll()).toBe(1);
    await act();
    expect(await sealAll()).toBe(1);
    expect(await verify({ known: heads })).toMatchObject({ problem: null, sealed: before.sealed + 2 });
  });
});
