import { foldBalances, inTransaction } from '@errand-dash/db';
import { restoreElsewhere, untilSettled } from '@errand-dash/db/testing';
import { sql } from 'kysely';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { fundWallet, moveClock } from '../testing/index.ts';
import { refusalOf } from '../testing/refusal-of.ts';
import { onServer } from '../testing/test-core.ts';
import { sealAudit } from './audit/seal-audit.sweep.ts';
import { sealLedger } from './ledger/seal-ledger.sweep.ts';
import { listStandstills } from './list-standstills.query.ts';
import { createSealedLedger, type SealedLedger } from './testing/sealed-ledger.ts';

let ledger: SealedLedger;
beforeEach(async () => {
  ledger = await createSealedLedger();
});
afterEach(() => ledger.database.drop());

const listed = () => listStandstills(ledger.core, onServer, {});
const pay = () => fundWallet(ledger.core, ledger.person.userId, 100n);
const workAll = async () => {
  while ((await sealLedger(ledger.core, 1)) > 0);
  while ((await sealAudit(ledger.core, 1)) > 0);
  while ((await foldBalances(ledger.database.db, 1000)) > 0);
};

test('a transaction that is never ended is found by what it stops, and by nothing once it has ended', async () => {
  await pay();
  await untilSettled(ledger.database.db);
  await workAll();
  const forgotten = Promise.withResolvers<void>();
  const isOpen = Promise.withResolvers<void>();
  const open = inTransaction(ledger.database.db, async (tx) => {
    await sql`select pg_current_xact_id()`.execute(tx);
    isOpen.resolve();
    await forgotten.promise;
  });
  await isOpen.promise;
  try {
    await pay();
    await workAll();
    expect(await listed()).toEqual([]);
    const { standstillAfterSeconds } = ledger.core.policy;
    await moveClock(ledger.database.owner, standstillAfterSeconds);
    const found = await listed();
    expect(found.map(({ work }) => work)).toEqual(['ledger.seal', 'wallet.foldBalances']);
    for (const { waitingSeconds } of found)
      expect(waitingSeconds).toBeGreaterThanOrEqual(standstillAfterSeconds);
  } finally {
    forgotten.resolve();
  }
  await open;
  await untilSettled(ledger.database.db);
  await workAll();
  expect(await listed()).toEqual([]);
});

test('nothing is said of a copy whose epoch has not begun', async () => {
  await pay();
  await restoreElsewhere(ledger.database);
  await moveClock(ledger.database.owner, ledger.core.policy.standstillAfterSeconds + 1);
  expect(await listed()).toEqual([]);
});

test('nobody is told but who works on the server', async () => {
  const { call } = ledger.person;
  for (const asked of [call(), { ...call(), caller: { kind: 'anonymous' as const } }]) {
    expect((await refusalOf(listStandstills(ledger.core, asked, {}))).code).toBe('ROLE_MISSING');
  }
});
