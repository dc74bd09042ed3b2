import { inTransaction, post } from '@errand-dash/db';
import { restoreElsewhere, untilSettled } from '@errand-dash/db/testing';
import { sql } from 'kysely';
import { v7 } from 'uuid';
import { beforeEach, expect, test } from 'vitest';
import { checkAllInvariants } from '../../invariants.ts';
import { fundWallet, moveClock } from '../../testing/index.ts';
import { createSealedLedger, deposit, type SealedLedger } from '../testing/sealed-ledger.ts';
import { sealLedger } from './seal-ledger.sweep.ts';

let ledger: SealedLedger;
beforeEach(async () => {
  ledger = await createSealedLedger();
  return async () => {
    try {
      expect(await ledger.verify()).toMatchObject({ problem: null, unsealed: 0 });
      expect(await checkAllInvariants(ledger.database.db)).toEqual([]);
    } finally {
      await ledger.database.drop();
    }
  };
});

const pay = () => fundWallet(ledger.core, ledger.person.userId, 100n);

test('every transfer is sealed once, in heads that name each other', async () => {
  expect(await ledger.sealAll()).toBe(0);
  await ledger.batch(3);
  await ledger.batch(1);
  await ledger.batch(5);
  const heads = await ledger.heads();
  expect(heads.map(({ head }) => [head.number, head.size, head.total])).toEqual([
    [1, 3, 3],
    [2, 1, 4],
    [3, 5, 9],
  ]);
  expect(heads.map(({ head }) => head.previousHead === null)).toEqual([true, false, false]);
  expect(await ledger.sealAll()).toBe(0);
});

test('a batch waits until it is full or its first transfer is old enough', async () => {
  const patient = { ...ledger.core, policy: { ...ledger.core.policy, sealAfterSeconds: 60 } };
  await pay();
  expect(await sealLedger(patient, 1)).toBe(0);
  await moveClock(ledger.database.owner, 61);
  await ledger.sealAll();
  await post1100();
  await untilSettled(ledger.database.db);
  expect(await sealLedger(patient, 1)).toBe(1024);
  expect(await sealLedger(patient, 1)).toBe(0);
  expect(await ledger.sealAll()).toBe(76);
});

/** In one transaction, so that a batch ends in the middle of it. */
const post1100 = () =>
  inTransaction(ledger.database.db, async (tx) => {
    const at = new Date(Date.now() + 61_000);
    const sets = Array.from({ length: 1100 }, (_, index) =>
      deposit(ledger.person.userId, BigInt(index + 1), at),
    );
    const answers = await post(tx, sets);
    expect(answers.every(({ outcome }) => outcome === 'posted')).toBe(true);
  });

test('on a head that is damaged nothing is sealed, and the error says what it is', async () => {
  await ledger.batch(1);
  await pay();
  await untilSettled(ledger.database.db);
  const say = async (head: string) => {
    await sql`alter table seals disable trigger user`.execute(ledger.database.owner);
    await sql`update seals set head = ${head}`.execute(ledger.database.owner);
    await sql`alter table seals enable trigger user`.execute(ledger.database.owner);
  };
  const { rows } = await sql<{ head: string }>`select head from seals`.execute(ledger.database.db);
  await say('{}');
  await expect(sealLedger(ledger.core, 1)).rejects.toMatchObject({
    name: 'ChainDamaged',
    code: 'LAST_HEAD_DAMAGED',
  });
  await say(rows[0]?.head ?? '');
  expect(await ledger.sealAll()).toBe(1);
});

test('several workers seal each transfer once', async () => {
  const sealing = Promise.all(
    Array.from({ length: 6 }, async () => {
      for (let turn = 0; turn < 6; turn += 1) await sealLedger(ledger.core, 1);
    }),
  );
  await Promise.all([sealing, ...Array.from({ length: 20 }, pay)]);
  await ledger.sealAll();
  expect((await ledger.heads()).at(-1)?.head.total).toBe(20);
});

test('a post that is held open across a seal is sealed afterwards', async () => {
  await ledger.batch(2);
  let finish: () => void = () => undefined;
  const held = new Promise<void>((resolve) => {
    finish = resolve;
  });
  const { promise: isPosted, resolve: setPosted } = Promise.withResolvers<void>();
  const late = inTransaction(ledger.database.db, async (tx) => {
    await post(tx, [deposit(v7(), 70n)]);
    setPosted();
    await held;
  });
  await isPosted;
  // Begins later and commits sooner, which is what a bare place in the order would trip over.
  await pay();
  for (let turn = 0; turn < 3; turn += 1) expect(await sealLedger(ledger.core, 1)).toBe(0);
  finish();
  await late;
  expect(await ledger.sealAll()).toBe(2);
});

test('a restored copy is verified, sealed on, and verified again', async () => {
  await ledger.batch(3);
  const known = await ledger.heads();
  await restoreElsewhere(ledger.database);
  expect(await ledger.verify({ known })).toMatchObject({ problem: null, sealed: 3 });
  await pay();
  expect(await ledger.sealAll()).toBe(1);
  await pay();
  expect(await ledger.sealAll()).toBe(1);
  await restoreElsewhere(ledger.database);
  await pay();
  expect(await ledger.sealAll()).toBe(1);
  expect(await ledger.verify({ known })).toMatchObject({ problem: null, sealed: 6 });
});
