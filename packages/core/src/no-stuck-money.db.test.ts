import { readBalances } from '@errand-dash/db';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type ErrandScene, timeOf } from './errands/testing/index.ts';
import { unattendedErrands, unattendedEscrows } from './errands/testing/unattended-errands.ts';
import { checkAllInvariants } from './invariants.ts';
import { machines } from './machines.ts';
import { listPaymentAlerts, type PaymentAlerts } from './payments/index.ts';
import { amount, startPayoutWorld } from './payments/testing/payout-world.ts';
import { unattendedTopUps } from './payments/testing/unattended-top-ups.ts';
import { unattendedWithdrawals } from './payments/testing/unattended-withdrawals.ts';
import { type AnyMachine, isFinal } from './state-machine.ts';
import { sweeps } from './sweeps.ts';
import { availableOf, fundWallet } from './testing/fund-wallet.ts';
import { makeTestUser, onServer } from './testing/test-core.ts';
import type { UnattendedCase, UnattendedRow, UnattendedStage } from './testing/unattended-case.ts';

/** Every lifecycle that holds money: where its rows are, and the cases of each state. */
const lifecycles = {
  topUp: { table: 'top_ups', cases: unattendedTopUps },
  withdrawal: { table: 'withdrawals', cases: unattendedWithdrawals },
  errand: { table: 'errands', cases: unattendedErrands },
  escrow: { table: 'escrows', cases: unattendedEscrows },
} as const;
/** A new lifecycle has its cases above or is named here. */
const holdNoMoney = ['webhookDelivery', 'payoutAccount', 'approval', 'drift', 'outgoingMessage', 'recovery'];

type Lifecycle = keyof typeof lifecycles;
interface Expectation extends UnattendedCase {
  lifecycle: Lifecycle;
  state: string;
}

const expectations: Expectation[] = (Object.keys(lifecycles) as Lifecycle[]).flatMap((lifecycle) => {
  const byState: Readonly<Record<string, readonly UnattendedCase[]>> = lifecycles[lifecycle].cases;
  return Object.entries(byState).flatMap(([state, cases]) =>
    cases.map((given) => ({ lifecycle, state, ...given })),
  );
});

const hour = 3600;
const day = 24 * hour;
let stage: UnattendedStage;
/** When the last of them was brought, and when all that time had passed. */
let begun: Date;
let ended: Date;
let alerts: PaymentAlerts;
const rows = new Map<UnattendedCase['bring'], UnattendedRow>();

beforeAll(async () => {
  stage = await setStage();
  for (const { lifecycle, state, bring } of expectations) {
    const row = await bring(stage);
    expect(await stateOf(lifecycle, row.id)).toBe(state);
    rows.set(bring, row);
  }
  begun = await timeOf(stage.world.database);
  for (const { later } of rows.values()) await later?.();
  for (const seconds of [1, 60, 5 * 60, 15 * 60, hour, ...Array(10).fill(day)]) {
    await stage.world.pass(seconds);
    await stage.world.provider.deliver();
    await sweepUntilQuiet();
  }
  ended = await timeOf(stage.world.database);
  alerts = await listPaymentAlerts(stage.world.core, onServer, { limit: 100 });
}, 120_000);
afterAll(() => stage?.world.close());

async function setStage(): Promise<UnattendedStage> {
  const world = await startPayoutWorld();
  const { core, database } = world;
  const [ada, bayo, chidi, stranger] = await Promise.all([
    makeTestUser(core, 'demo_ada', ['sender']),
    makeTestUser(core, 'demo_bayo', ['runner']),
    makeTestUser(core, 'demo_chidi', ['runner']),
    makeTestUser(core, 'demo_stranger'),
  ]);
  await fundWallet(core, ada.userId, 100_000_00n);
  const scene: ErrandScene = { database, core, ada, bayo, chidi, stranger };
  return { world, scene };
}

/** All that a worker does, until nothing more is due. */
async function sweepUntilQuiet(): Promise<void> {
  for (let turn = 0; turn < 1000; turn += 1) {
    let worked = 0;
    for (const sweep of Object.values(sweeps)) worked += await sweep(stage.world.core, 100);
    if (worked === 0) return;
  }
  throw new Error('the sweeps do not come to rest');
}

async function stateOf(lifecycle: Lifecycle, id: string): Promise<string> {
  const { db } = stage.world.database;
  const found = db.selectFrom(lifecycles[lifecycle].table).select('state').where('id', '=', id);
  return (await found.executeTakeFirstOrThrow()).state;
}

const rowOf = ({ bring }: UnattendedCase): UnattendedRow => {
  const row = rows.get(bring);
  if (row === undefined) throw new Error('it was not brought there');
  return row;
};

/** What is set aside for a row: for an errand in its escrow. */
async function setAside(lifecycle: Lifecycle, id: string): Promise<bigint> {
  const { db } = stage.world.database;
  const { escrow_id: escrowId = id } =
    lifecycle === 'errand'
      ? await db.selectFrom('errands').select('escrow_id').where('id', '=', id).executeTakeFirstOrThrow()
      : {};
  const purpose = lifecycle === 'withdrawal' ? 'payout' : 'held';
  const [balance = 0n] = await readBalances(db, [{ purpose, ownerId: escrowId, currency: 'NGN' }]);
  return balance;
}

/** Who has a notice of an event about a row. */
async function noticedBy(id: string, event: string): Promise<string[]> {
  const found = await stage.world.database.db
    .selectFrom('events')
    .innerJoin('notices', 'notices.event_id', 'events.id')
    .select(['recipient_id', 'audience'])
    .where('subject_id', '=', id)
    .where('name', '=', event)
    .execute();
  for (const { recipient_id, audience } of found) expect(audience).toContain(recipient_id);
  return found.map(({ recipient_id }) => recipient_id);
}

describe('nobody acts, and the clock and the provider end it', () => {
  const ending = expectations.filter(({ listed }) => listed === undefined);

  test.each(ending)('$lifecycle, $state, $when: $ends', async (expected) => {
    const { lifecycle, ends } = expected;
    const { id, told, wallet } = rowOf(expected);
    expect(await stateOf(lifecycle, id)).toBe(ends);
    expect(await setAside(lifecycle, id)).toBe(0n);
    expect(Object.keys(told ?? {})).not.toEqual([]);
    for (const [event, people] of Object.entries(told ?? {})) {
      expect((await noticedBy(id, event)).toSorted(), event).toEqual([...people].toSorted());
    }
    if (wallet === undefined) return;
    expect(await availableOf(stage.world.database.db, wallet.userId)).toBe(wallet.availableMinor);
  });
});

describe('what only an answer or an operator ends is listed with its age', () => {
  const open = expectations.filter(({ listed }) => listed !== undefined);

  test.each(open)('$lifecycle, $state, $when', async (expected) => {
    const { id } = rowOf(expected);
    const { lifecycle, ends, listed } = expected;
    expect(await stateOf(lifecycle, id)).toBe(ends);
    const mismatched = alerts.mismatched.map(({ topUpId, endedAt }) => ({ id: topUpId, since: endedAt }));
    const silent = alerts.silent.map(({ topUpId, createdAt }) => ({ id: topUpId, since: createdAt }));
    const withdrawals = alerts.withdrawals.map(({ withdrawalId, requestedAt }) => {
      return { id: withdrawalId, since: requestedAt };
    });
    const list = { mismatched, silent, withdrawals }[listed ?? 'silent'];
    const since = list.find((row) => row.id === id)?.since;
    const ageSeconds = (ended.getTime() - (since?.getTime() ?? Number.NaN)) / 1000;
    expect(ageSeconds).toBeGreaterThanOrEqual((ended.getTime() - begun.getTime()) / 1000);
  });

  test('and nothing else is', () => {
    const listedIds = [
      ...alerts.mismatched.map(({ topUpId }) => topUpId),
      ...alerts.silent.map(({ topUpId }) => topUpId),
      ...alerts.withdrawals.map(({ withdrawalId }) => withdrawalId),
    ];
    const expected = expectations.filter(({ listed }) => listed !== undefined).map((row) => rowOf(row).id);
    expect(listedIds.toSorted()).toEqual(expected.toSorted());
  });
});

test('nothing is held, and nothing on its way but what is listed', async () => {
  const { db } = stage.world.database;
  const left = await db
    .selectFrom('accounts')
    .select(['purpose', 'owner_id', 'balance_minor'])
    .where('purpose', 'in', ['held', 'payout', 'frozen'])
    .where('balance_minor', '<>', 0n)
    .execute();
  const open = expectations.filter(({ listed }) => listed === 'withdrawals');
  const expected = open.map((row) => ({
    purpose: 'payout',
    owner_id: rowOf(row).id,
    balance_minor: amount,
  }));
  expect(left.toSorted(byOwner)).toEqual(expected.toSorted(byOwner));
});

const byOwner = (a: { owner_id: string | null }, b: { owner_id: string | null }): number =>
  (a.owner_id ?? '') < (b.owner_id ?? '') ? -1 : 1;

test('every invariant holds', async () => {
  expect(await checkAllInvariants(stage.world.database.db)).toEqual([]);
});

test('every state that something still leaves has its cases, in every lifecycle that holds money', () => {
  expect([...Object.keys(lifecycles), ...holdNoMoney].toSorted()).toEqual(Object.keys(machines).toSorted());
  for (const lifecycle of Object.keys(lifecycles) as Lifecycle[]) {
    const machine: AnyMachine = machines[lifecycle];
    const open = Object.keys(machine).filter((state) => !isFinal(machine, state));
    expect(Object.keys(lifecycles[lifecycle].cases)).toEqual(expect.arrayContaining(open));
  }
});
