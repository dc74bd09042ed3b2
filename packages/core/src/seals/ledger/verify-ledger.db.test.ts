import { foldBalances } from '@errand-dash/db';
import { untilSettled } from '@errand-dash/db/testing';
import { type RawBuilder, sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { canonicalJson } from '../../canonical-json.ts';
import { testHeadKey } from '../../testing/head-key.ts';
import { fundWallet } from '../../testing/index.ts';
import type { ChainProblemKind } from '../chains/chain-problem.ts';
import { leafHash, merkleTree } from '../chains/merkle-tree.ts';
import { rowSalt } from '../chains/row-salt.ts';
import { headHash, type SignedHead, signHead } from '../heads/seal-head.ts';
import { forgedId, rowTamperings } from '../testing/row-tamperings.ts';
import { createSealedLedger, type SealedLedger } from '../testing/sealed-ledger.ts';
import { ledgerSource } from './ledger-source.ts';

let ledger: SealedLedger;
let ids: string[];
let heads: SignedHead[];

/** Batches of 4, 3 and 5 transfers, and two more that are not sealed yet. */
beforeAll(async () => {
  ledger = await createSealedLedger();
  for (const size of [4, 3, 5]) await ledger.batch(size);
  while ((await foldBalances(ledger.database.db, 1000)) > 0);
  for (let count = 0; count < 2; count += 1) await fundWallet(ledger.core, ledger.person.userId, 100n);
  await untilSettled(ledger.database.db);
  ids = await ledger.ids();
  heads = await ledger.heads();
});
afterAll(() => ledger.database.drop());

/** The id of a transfer by its number in the ledger, from 1. */
const id = (number: number) => ids[number - 1] ?? '';
const at = (number: number) => sql`id = ${id(number)}`;

test('a ledger that nobody touched is whole', async () => {
  expect(await ledger.verify({ known: heads })).toEqual({
    chain: 'ledger',
    heads: 3,
    sealed: 12,
    unsealed: 2,
    known: 3,
    last: heads[2],
    problem: null,
  });
});

describe('every column that is edited, in the sixth transfer of twelve', () => {
  const edits: [column: string, value: RawBuilder<unknown>][] = [
    ['set_id', sql`gen_random_uuid()`],
    ['leg', sql`2`],
    ['legs', sql`2`],
    ['kind', sql`'top_up.credit'`],
    ['cause_type', sql`'errand'`],
    ['cause_id', sql`'another'`],
    ['authority_kind', sql`'session'`],
    ['authority_reference', sql`'another'`],
    ['authority_detail', sql`'another'`],
    ['provider_reference', sql`'another'`],
    ['reverses_set_id', sql`gen_random_uuid()`],
    ['debit_account_id', sql`account_id_of('fees', null, 'NGN')`],
    ['credit_account_id', sql`account_id_of('fees', null, 'NGN')`],
    ['amount_minor', sql`amount_minor + 1`],
    ['currency', sql`'USD'`],
    ['debit_balance_minor', sql`0`],
    ['debit_version', sql`7`],
    ['credit_balance_minor', sql`credit_balance_minor + 1`],
    ['credit_version', sql`700`],
    ['posted_at', sql`posted_at + interval '1 microsecond'`],
  ];

  test.each(edits)('%s', async (column, value) => {
    const { problem } = await ledger.verifyTampered([
      sql`update transfers set ${sql.id(column)} = ${value} where ${at(6)}`,
    ]);
    expect(problem).toMatchObject({ kind: 'row_edited', position: 6, headNumber: 2, id: id(6) });
    expect(problem?.says).toContain(`transfer ${id(6)} was edited`);
  });

  test('and there is no other column', async () => {
    const { rows } = await sql<{ name: string }>`select column_name as name from information_schema.columns
      where table_name = 'transfers'`.execute(ledger.database.owner);
    const known = [...edits.map(([column]) => column), 'id', 'transaction_id'];
    expect(rows.map(({ name }) => name).sort()).toEqual(known.sort());
  });
});

describe('what is done to rows is found where it begins', () => {
  test.each(rowTamperings)('%s', async (_what, statements, kind, position) => {
    const { problem } = await ledger.verifyTampered(statements({ id, at }));
    expect(problem).toMatchObject({ kind, position });
    if (position !== null && kind !== 'row_inserted' && position <= 12)
      expect(problem?.id).toBe(id(position));
  });

  test('of several the first is named', async () => {
    const { problem } = await ledger.verifyTampered([
      sql`update transfers set amount_minor = 1 where id in (${id(3)}, ${id(6)}, ${id(11)})`,
      sql`delete from transfers where id in (${id(4)}, ${id(7)})`,
    ]);
    expect(problem).toMatchObject({ kind: 'row_edited', position: 3, id: id(3) });
  });
});

describe('what is done to seals is found', () => {
  const edited = (number: number, change: Partial<SignedHead['head']>) => {
    const head = canonicalJson({ ...heads[number - 1]?.head, ...change });
    return [sql`update seals set head = ${head} where number = ${number}`];
  };
  /** A head for the batch that has this key's signature, whatever it says. */
  const signedAnew = (number: number, change: object, key = ledger.core.seals.keys[0]) => {
    const { keyId: _keyId, ...head } = { ...(heads[number - 1] as SignedHead).head, ...change };
    const signed = signHead(head, { keys: [key] });
    return [
      sql`update seals set head = ${canonicalJson(signed.head)}, signature = ${Buffer.from(signed.signature, 'base64url')}
        where number = ${number}`,
    ];
  };

  type Case = [
    what: string,
    statements: () => RawBuilder<unknown>[],
    kind: ChainProblemKind,
    headNumber: number,
  ];
  test.each<Case>([
    ['a total edited', () => edited(2, { total: 8 }), 'signature_wrong', 2],
    ['a root edited', () => edited(2, { root: 'r'.repeat(43) }), 'signature_wrong', 2],
    ['a time edited', () => edited(3, { sealedAt: '2020-01-01T00:00:00.000Z' }), 'signature_wrong', 3],
    ['a head that is none', () => [sql`update seals set head = '{}' where number = 2`], 'head_damaged', 2],
    [
      'a head with a space in it',
      () => [sql`update seals set head = head || ' ' where number = 2`],
      'head_damaged',
      2,
    ],
    [
      'a signature edited',
      () => [
        sql`update seals set signature = set_byte(signature, 3, 1 + get_byte(signature, 3) & 255) where number = 1`,
      ],
      'signature_wrong',
      1,
    ],
    ['a head deleted in the middle', () => [sql`delete from seals where number = 2`], 'head_missing', 2],
    ['the first head deleted', () => [sql`delete from seals where number = 1`], 'head_missing', 1],
    ['signed by a key that nobody knows', () => signedAnew(2, {}, testHeadKey('foreign')), 'key_unknown', 2],
    [
      'signed by another key of the same name',
      () => signedAnew(2, {}, testHeadKey('test')),
      'signature_wrong',
      2,
    ],
    [
      'signed again with the right key, another root',
      () => signedAnew(2, { root: 'r'.repeat(43) }),
      'row_edited',
      2,
    ],
    [
      'signed again with the right key, another time',
      () => signedAnew(2, { sealedAt: '2020-01-01T00:00:00.000Z' }),
      'head_replaced',
      3,
    ],
    ['signed again with the right key, another total', () => signedAnew(2, { total: 8 }), 'head_replaced', 2],
    [
      'signed again with the right key, without a past',
      () => signedAnew(2, { previousHead: null }),
      'head_replaced',
      2,
    ],
    ['the head of another chain', () => signedAnew(2, { chain: 'audit' }), 'head_replaced', 2],
    [
      'a stored hash edited',
      () => [
        sql`update seals set leaf_hashes = set_byte(leaf_hashes, 40, 255 - get_byte(leaf_hashes, 40)) where number = 2`,
      ],
      'hashes_edited',
      2,
    ],
    [
      'an id too many in a batch',
      () => [
        sql`update seals set row_ids = row_ids || ${forgedId}::uuid, leaf_hashes = leaf_hashes || salt where number = 2`,
      ],
      'hashes_edited',
      2,
    ],
    ['the salt edited', () => [sql`update seals set salt = sha256(salt) where number = 2`], 'row_edited', 2],
  ])('%s', async (_what, statements, kind, headNumber) => {
    const { problem } = await ledger.verifyTampered(statements());
    expect(problem).toMatchObject({ kind, headNumber });
  });

  test('a stored hash that was edited is told from an edited row', async () => {
    const { problem } = await ledger.verifyTampered([
      sql`update seals set leaf_hashes = set_byte(leaf_hashes, 40, 255 - get_byte(leaf_hashes, 40)) where number = 2`,
    ]);
    expect(problem).toMatchObject({ position: 6, id: id(6) });
  });

  test('a row that was edited with its stored hash is named by its neighbours', async () => {
    const [row] = await ledgerSource.find(ledger.database.db, [id(6)]);
    const seal = await ledger.database.db
      .selectFrom('seals')
      .select('salt')
      .where('number', '=', 2n)
      .executeTakeFirstOrThrow();
    if (row === undefined) throw new Error('there is no sixth transfer');
    const forged = leafHash(
      ledgerSource.leafOf({ ...row, amount_minor: 5n } as never, rowSalt(seal.salt, row.id)),
    );
    const { problem } = await ledger.verifyTampered([
      sql`update transfers set amount_minor = 5 where ${at(6)}`,
      sql`update seals set leaf_hashes = overlay(leaf_hashes placing ${forged} from 33) where number = 2`,
    ]);
    expect(problem).toMatchObject({ kind: 'row_edited', position: 6, id: id(6), headNumber: 2 });
  });

  const cutFromTheFifth = () => [
    sql`delete from transfers where transaction_id >= (select transaction_id from transfers where ${at(5)})`,
    sql`delete from seals where number >= 2`,
    sql`update accounts set balance_minor = 400, version = 4 where guarded`,
    sql`delete from account_checkpoints`,
    sql`update checkpoint_horizon set below = 0`,
  ];

  test('an end that was cut off with its heads is found by a head that was seen before, and not without', async () => {
    const [first, second, third] = heads;
    if (first === undefined || second === undefined || third === undefined)
      throw new Error('there are three heads');
    expect(await ledger.verifyTampered(cutFromTheFifth(), { known: [third] })).toMatchObject({
      heads: 1,
      sealed: 4,
      problem: { kind: 'cut_off', headNumber: 2, position: 5 },
    });
    const { problem } = await ledger.verifyTampered(cutFromTheFifth(), { known: heads });
    expect(problem?.says).toContain('8 rows from number 5 on were cut off');
    expect(problem?.says).toContain(headHash(first.head));
    expect((await ledger.verifyTampered(cutFromTheFifth(), { known: [first] })).problem).toBeNull();
    expect((await ledger.verifyTampered(cutFromTheFifth())).problem).toBeNull();
  });

  test('a chain that was made anew by who has the key is found by a head that was seen before', async () => {
    const other = signHead(
      {
        ...(heads[1] as SignedHead).head,
        root: merkleTree([leafHash(Buffer.of(1))]).root.toString('base64url'),
      },
      ledger.core.seals,
    );
    const { problem } = await ledger.verify({ known: [other] });
    expect(problem).toMatchObject({ kind: 'head_replaced', headNumber: 2 });
  });

  test('of two heads that were seen before under one number, one is of another history', async () => {
    const { head } = heads[1] as SignedHead;
    const other = signHead(
      { ...head, root: merkleTree([leafHash(Buffer.of(1))]).root.toString('base64url') },
      ledger.core.seals,
    );
    for (const known of [
      [...heads, other],
      [other, ...heads],
    ]) {
      const { problem } = await ledger.verify({ known });
      expect(problem).toMatchObject({ kind: 'head_replaced', headNumber: 2 });
      expect(problem?.says).toContain(headHash(other.head));
    }
  });

  test('a head that is given must itself be right', async () => {
    const [head] = heads as [SignedHead];
    const foreign = signHead(head.head, { keys: [testHeadKey('foreign')] });
    expect((await ledger.verify({ known: [foreign] })).problem?.kind).toBe('key_unknown');
    const wrong = { ...head, head: { ...head.head, total: 99 } };
    expect((await ledger.verify({ known: [wrong] })).problem?.kind).toBe('signature_wrong');
    const audit = signHead({ ...head.head, chain: 'audit' }, ledger.core.seals);
    expect((await ledger.verify({ known: [audit] })).problem?.kind).toBe('head_damaged');
  });
});

test('heads of a key that signs no more are verified by its public half', async () => {
  const key = ledger.core.seals.keys[0];
  expect(
    (await ledger.verify({ keys: [testHeadKey('new'), { ...key, privateKey: null }] })).problem,
  ).toBeNull();
  expect((await ledger.verify({ keys: [testHeadKey('new')] })).problem?.kind).toBe('key_unknown');
});
