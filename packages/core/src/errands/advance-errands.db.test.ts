import { readBalances } from '@errand-dash/db';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { checkAllInvariants } from '../invariants.ts';
import { clockCall } from '../sweep.ts';
import { makeTestUser, moveClock } from '../testing/test-core.ts';
import { advanceErrands, errandClockEdges } from './advance-errands.sweep.ts';
import { expireErrand } from './ending/expire-errand.command.ts';
import { getErrand } from './get-errand.query.ts';
import { findErrandsNear } from './listings/find-errands-near.query.ts';
import { acceptErrand } from './run/accept-errand.command.ts';
import { type ErrandScene, errandIn, makeErrandScene, refusalOf } from './testing/errand-scene.ts';

const hour = 3600;
let scene: ErrandScene;
beforeAll(async () => {
  scene = await makeErrandScene();
});
afterEach(async () => {
  const { database } = scene;
  const violations = await checkAllInvariants(database.db);
  await database.drop();
  scene = await makeErrandScene();
  expect(violations).toEqual([]);
});
afterAll(() => scene.database.drop());

/** Sweeps as a worker does, until nothing is due any more. */
async function sweepUntilQuiet(): Promise<number> {
  let moved = 0;
  for (let round = 0; round < 100; round += 1) {
    const count = await advanceErrands(scene.core, 10);
    if (count === 0) return moved;
    moved += count;
  }
  throw new Error('the sweep does not come to an end');
}
const heldIn = async (escrowId: string) => {
  const [balance] = await readBalances(scene.database.db, [
    { purpose: 'held', ownerId: escrowId, currency: 'NGN' },
  ]);
  return balance;
};
const namesOf = async (errandId: string) => {
  const rows = await scene.database.db
    .selectFrom('events')
    .select(['name', 'actor_kind', 'audience'])
    .where('subject_id', '=', errandId)
    .orderBy('occurred_at')
    .execute();
  return rows;
};

describe('no money stays behind, whatever nobody does', () => {
  test.each([
    { state: 'posted', end: 'expired', told: ['errand.expired'], isRunnerTold: false },
    { state: 'accepted', end: 'expired', told: ['errand.reopened', 'errand.expired'], isRunnerTold: true },
    { state: 'started', end: 'cancelled', told: ['errand.lapsed'], isRunnerTold: true },
    { state: 'completed', end: 'confirmed', told: ['errand.confirmed'], isRunnerTold: true },
  ] as const)('an errand that is $state ends as $end', async ({ state, end, told, isRunnerTold }) => {
    const { core, ada, bayo, database } = scene;
    const { errandId, escrowId } = await errandIn(scene, state);
    expect(await heldIn(escrowId)).toBe(1_050_000n);
    await moveClock(database.owner, 31 * 24 * hour);
    await sweepUntilQuiet();
    expect(await heldIn(escrowId)).toBe(0n);
    expect(await getErrand(core, ada.call(), { errandId })).toMatchObject({ state: end, nextDeadline: null });
    const byClock = (await namesOf(errandId)).filter((event) => event.actor_kind === 'clock');
    expect(byClock.map(({ name }) => name).toSorted()).toEqual([...told].toSorted());
    expect(byClock.every(({ audience }) => audience.includes(ada.userId))).toBe(true);
    expect(byClock.some(({ audience }) => audience.includes(bayo.userId))).toBe(isRunnerTold);
  });

  test('by an edge of the clock, which the money names as its authority', async () => {
    const { database } = scene;
    const { errandId } = await errandIn(scene, 'completed');
    await moveClock(database.owner, 24 * hour + 1);
    expect(await sweepUntilQuiet()).toBe(1);
    const set = await database.db
      .selectFrom('transfer_sets')
      .select(['kind', 'authority_kind', 'authority_reference'])
      .where('cause_id', '=', errandId)
      .where('kind', '<>', 'escrow.hold')
      .executeTakeFirstOrThrow();
    expect(set).toEqual({
      kind: 'escrow.release',
      authority_kind: 'clock',
      authority_reference: 'errand.confirm',
    });
  });
});

describe('each at its time', () => {
  test.each([
    { state: 'posted', seconds: 6 * hour, end: 'expired' },
    { state: 'accepted', seconds: 2 * hour, end: 'posted' },
    { state: 'started', seconds: 30 * hour, end: 'cancelled' },
    { state: 'completed', seconds: 24 * hour, end: 'confirmed' },
  ] as const)(
    'what is $state becomes $end after $seconds s and not before',
    async ({ state, seconds, end }) => {
      const { core, ada, database } = scene;
      const { errandId } = await errandIn(scene, state);
      // The commands that brought it here took some time themselves.
      await moveClock(database.owner, seconds - 20);
      expect(await sweepUntilQuiet()).toBe(0);
      expect(await getErrand(core, ada.call(), { errandId })).toMatchObject({ state });
      await moveClock(database.owner, 20);
      expect(await sweepUntilQuiet()).toBe(1);
      expect(await getErrand(core, ada.call(), { errandId })).toMatchObject({ state: end });
    },
  );

  test('nobody takes an errand whose time is up, swept or not', async () => {
    const { core, bayo, database } = scene;
    const { errandId } = await errandIn(scene, 'posted');
    await moveClock(database.owner, 6 * hour);
    // Who is no party of it hears no more than of an errand that there never was.
    expect(await refusalOf(acceptErrand(core, bayo.call(), { errandId }))).toMatchObject({
      code: 'OBJECT_NOT_FOUND',
    });
    const near = { near: { latitude: 6.43, longitude: 3.42 }, radiusMetres: 10_000, limit: 20 };
    expect((await findErrandsNear(core, bayo.call(), near)).errands).toEqual([]);
  });

  test('an errand that was posted again is taken by another, and the first is a stranger', async () => {
    const { core, bayo, chidi, database } = scene;
    const { errandId } = await errandIn(scene, 'accepted');
    await moveClock(database.owner, 2 * hour);
    await sweepUntilQuiet();
    expect(await refusalOf(getErrand(core, bayo.call(), { errandId }))).toMatchObject({
      code: 'OBJECT_NOT_FOUND',
    });
    expect(await acceptErrand(core, chidi.call(), { errandId })).toMatchObject({
      state: 'accepted',
      runner: { userId: chidi.userId },
    });
  });
});

describe('the sweep', () => {
  test('works no more than its limit', async () => {
    const { database } = scene;
    for (let count = 0; count < 5; count += 1) await errandIn(scene, 'posted');
    await moveClock(database.owner, 31 * 24 * hour);
    expect(await advanceErrands(scene.core, 3)).toBe(3);
    expect(await advanceErrands(scene.core, 3)).toBe(2);
    expect(await advanceErrands(scene.core, 3)).toBe(0);
  });

  test('finishes the errand in hand when it is stopped, and takes no other', async () => {
    for (let count = 0; count < 3; count += 1) await errandIn(scene, 'posted');
    await moveClock(scene.database.owner, 31 * 24 * hour);
    const told = scene.core.woken.length;
    const isOneMoved = () => scene.core.woken.length > told;
    expect(await advanceErrands(scene.core, 100, isOneMoved)).toBe(1);
    expect(await advanceErrands(scene.core, 100, () => true)).toBe(0);
    expect(await advanceErrands(scene.core, 100)).toBe(2);
  });

  test('ten workers do what one does', async () => {
    const { database } = scene;
    const errands = [];
    for (const state of ['posted', 'accepted', 'started', 'completed'] as const) {
      for (let count = 0; count < 3; count += 1) errands.push(await errandIn(scene, state));
    }
    await moveClock(database.owner, 31 * 24 * hour);
    const moved = await Promise.all(Array.from({ length: 10 }, () => sweepUntilQuiet()));
    // The accepted ones take two steps.
    expect(moved.reduce((sum, count) => sum + count, 0)).toBe(15);
    for (const { escrowId } of errands) expect(await heldIn(escrowId)).toBe(0n);
  });

  test('passes over an errand that fails, tells it, and works the others', async () => {
    const { core, database } = scene;
    const bad = await errandIn(scene, 'posted', { expiresInSeconds: 5 * hour });
    const good = await errandIn(scene, 'posted');
    // More than the escrow's account holds cannot be paid out.
    const spoil = (amount_minor: bigint) =>
      database.owner.updateTable('escrows').set({ amount_minor }).where('id', '=', bad.escrowId).execute();
    await spoil(1_050_001n);
    const told: unknown[] = [];
    const watched = { ...core, log: (...line: unknown[]) => void told.push(line) };
    await moveClock(database.owner, 31 * 24 * hour);
    expect(await advanceErrands(watched, 1)).toBe(1);
    expect(await advanceErrands(watched, 1)).toBe(0);
    expect(await heldIn(good.escrowId)).toBe(0n);
    const line = ['error', expect.any(String), expect.objectContaining({ edge: 'errand.expire' })];
    expect(told).toEqual([line, line]);
    expect(JSON.stringify(told)).toContain(bad.errandId);
    await spoil(1_050_000n);
    expect(await advanceErrands(core, 1)).toBe(1);
  });
});

test('one who accepts while the clock expires it: one of them has it', async () => {
  const { core, database } = scene;
  const runners = await Promise.all(
    Array.from({ length: 8 }, (_, index) => makeTestUser(core, `demo_late_${index}`, ['runner'])),
  );
  const { errandId, escrowId } = await errandIn(scene, 'posted', { expiresInSeconds: 60 });
  await moveClock(database.owner, 59.9);
  const attempts = Array.from({ length: 40 }, async (_, index) => {
    await new Promise((resolve) => setTimeout(resolve, index * 5));
    const runner = runners[index % runners.length];
    const isClock = runner === undefined || index % 2 === 0;
    return isClock
      ? expireErrand(core, clockCall('errand.expire'), { errandId })
      : acceptErrand(core, runner.call(), { errandId });
  });
  const won = (await Promise.allSettled(attempts)).filter(({ status }) => status === 'fulfilled');
  expect(won).toHaveLength(1);
  await moveClock(database.owner, 31 * 24 * hour);
  await sweepUntilQuiet();
  expect(await heldIn(escrowId)).toBe(0n);
});

test('every state that holds money has an edge of the clock', () => {
  expect(errandClockEdges.map(({ state, event }) => `${state} ${event}`)).toEqual([
    'posted expire',
    'accepted reopen',
    'started lapse',
    'completed confirm',
  ]);
});
