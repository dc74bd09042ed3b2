import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { getEscrow } from '../../escrow/index.ts';
import { checkAllInvariants } from '../../invariants.ts';
import { makeTestUser } from '../../testing/test-core.ts';
import { type ErrandScene, errandIn, makeErrandScene, RECEIPT, refusalOf } from '../testing/errand-scene.ts';
import { acceptErrand } from './accept-errand.command.ts';
import { completeErrand } from './complete-errand.command.ts';
import { reopenErrand } from './reopen-errand.command.ts';
import { startErrand } from './start-errand.command.ts';

let scene: ErrandScene;
beforeAll(async () => {
  scene = await makeErrandScene();
});
afterEach(async () => expect(await checkAllInvariants(scene.database.db)).toEqual([]));
afterAll(() => scene.database.drop());

describe('accepting', () => {
  test('gives the errand to the runner, with the exact place', async () => {
    const { core, bayo } = scene;
    const { errandId, escrowId } = await errandIn(scene, 'posted');
    const errand = await acceptErrand(core, bayo.call(), { errandId });
    expect(errand).toMatchObject({
      state: 'accepted',
      runner: { userId: bayo.userId },
      deliverTo: { latitude: 6.4281, longitude: 3.4219, address: '1 Demo Street, second floor' },
      allowedActions: ['start'],
      nextDeadline: { event: 'reopen' },
    });
    expect(await getEscrow(core, bayo.call(), { escrowId })).toMatchObject({
      state: 'held',
      payee: { userId: bayo.userId },
    });
  });

  test('of fifty runners at once one gets it and the others are told', async () => {
    const { core, database } = scene;
    const { errandId, escrowId } = await errandIn(scene, 'posted');
    const runners = await Promise.all(
      Array.from({ length: 50 }, (_, index) => makeTestUser(core, `demo_runner_${index}`, ['runner'])),
    );
    const outcomes = await Promise.allSettled(
      runners.map((runner) => acceptErrand(core, runner.call(), { errandId })),
    );
    const won = outcomes.flatMap((outcome) => (outcome.status === 'fulfilled' ? [outcome.value] : []));
    expect(won).toHaveLength(1);
    const lost = outcomes.flatMap((outcome) => (outcome.status === 'rejected' ? [outcome.reason] : []));
    for (const reason of lost) expect(reason).toMatchObject({ refusal: { code: 'ERRAND_TAKEN' } });
    const escrow = await database.db
      .selectFrom('escrows')
      .select('payee_id')
      .where('id', '=', escrowId)
      .executeTakeFirstOrThrow();
    expect(escrow.payee_id).toBe(won[0]?.runner?.userId);
    const accepted = await database.db
      .selectFrom('events')
      .select('id')
      .where('subject_id', '=', errandId)
      .where('name', '=', 'errand.accepted')
      .execute();
    expect(accepted).toHaveLength(1);
  });

  test('one who runs another errand may take a second', async () => {
    await errandIn(scene, 'started');
    expect(await errandIn(scene, 'accepted')).toMatchObject({ state: 'accepted' });
  });

  test('is refused to whom it must be', async () => {
    const { core, ada, bayo, chidi, stranger } = scene;
    const sender = await makeTestUser(core, 'demo_only_sender', ['sender']);
    const { errandId } = await errandIn(scene, 'posted');
    const random = { errandId: stranger.userId };
    const code = async (call: Promise<unknown>) => (await refusalOf(call)).code;
    expect(await code(acceptErrand(core, ada.call(), { errandId }))).toBe('ERRAND_OWN');
    expect(await code(acceptErrand(core, sender.call(), { errandId }))).toBe('ROLE_MISSING');
    expect(await code(acceptErrand(core, sender.call(), random))).toBe('ROLE_MISSING');
    expect(await code(acceptErrand(core, bayo.call(), random))).toBe('OBJECT_NOT_FOUND');
    await acceptErrand(core, bayo.call(), { errandId });
    expect(await code(acceptErrand(core, chidi.call(), { errandId }))).toBe('ERRAND_TAKEN');
    expect(await code(acceptErrand(core, bayo.call(), { errandId }))).toBe('TRANSITION_REFUSED');
    const cancelled = await errandIn(scene, 'cancelled');
    expect(await code(acceptErrand(core, bayo.call(), { errandId: cancelled.errandId }))).toBe(
      'OBJECT_NOT_FOUND',
    );
  });
});

describe('on the way', () => {
  test('the runner starts and completes, and both see the receipt', async () => {
    const { core, bayo } = scene;
    const { errandId } = await errandIn(scene, 'accepted');
    expect(await startErrand(core, bayo.call(), { errandId })).toMatchObject({
      state: 'started',
      allowedActions: ['complete'],
      nextDeadline: { event: 'lapse' },
    });
    expect(await completeErrand(core, bayo.call(), { errandId, ...RECEIPT })).toMatchObject({
      state: 'completed',
      ...RECEIPT,
      allowedActions: [],
      nextDeadline: { event: 'confirm' },
    });
  });

  test('is told with the instant at which silence confirms it', async () => {
    const { errandId, confirmsAt, completedAt } = await errandIn(scene, 'completed');
    expect(confirmsAt?.getTime()).toBe(Number(completedAt) + 86_400_000);
    const events = await scene.database.db
      .selectFrom('events')
      .select(['name', 'data'])
      .where('subject_id', '=', errandId)
      .execute();
    const told = events.filter(({ data }) => JSON.stringify(data).includes('confirmsAt'));
    expect(told).toMatchObject([
      { name: 'errand.completed', data: { confirmsAt: confirmsAt?.toISOString() } },
    ]);
  });

  test('stores the receipt unreadable', async () => {
    const { errandId } = await errandIn(scene, 'completed');
    const row = await scene.database.db
      .selectFrom('errands')
      .select('receipt_sealed')
      .where('id', '=', errandId)
      .executeTakeFirstOrThrow();
    expect(Buffer.from(row.receipt_sealed ?? []).toString('latin1')).not.toMatch(/market|tomatoes|5,200/);
  });

  test('nobody but the runner starts or completes', async () => {
    const { core, ada, chidi, stranger } = scene;
    const accepted = await errandIn(scene, 'accepted');
    const started = await errandIn(scene, 'started');
    for (const person of [chidi, stranger]) {
      expect(
        await refusalOf(startErrand(core, person.call(), { errandId: accepted.errandId })),
      ).toMatchObject({
        code: 'OBJECT_NOT_FOUND',
      });
      const input = { errandId: started.errandId, ...RECEIPT };
      expect(await refusalOf(completeErrand(core, person.call(), input))).toMatchObject({
        code: 'OBJECT_NOT_FOUND',
      });
    }
    expect(await refusalOf(startErrand(core, ada.call(), { errandId: accepted.errandId }))).toMatchObject({
      code: 'TRANSITION_REFUSED',
      details: { subject: 'errand', state: 'accepted', event: 'start', allowed: ['cancel'] },
    });
    const input = { errandId: started.errandId, ...RECEIPT };
    expect(await refusalOf(completeErrand(core, ada.call(), input))).toMatchObject({
      code: 'TRANSITION_REFUSED',
    });
  });

  test('what is not started is not completed, and nothing is done twice', async () => {
    const { core, bayo } = scene;
    const { errandId } = await errandIn(scene, 'accepted');
    const code = async (call: Promise<unknown>) => (await refusalOf(call)).code;
    expect(await code(completeErrand(core, bayo.call(), { errandId, ...RECEIPT }))).toBe(
      'TRANSITION_REFUSED',
    );
    await startErrand(core, bayo.call(), { errandId });
    expect(await code(startErrand(core, bayo.call(), { errandId }))).toBe('TRANSITION_REFUSED');
    await completeErrand(core, bayo.call(), { errandId, ...RECEIPT });
    expect(await code(completeErrand(core, bayo.call(), { errandId, ...RECEIPT }))).toBe(
      'TRANSITION_REFUSED',
    );
  });

  test('no more than the budget is spent', async () => {
    const { core, bayo } = scene;
    const { errandId } = await errandIn(scene, 'started');
    const given = { errandId, goodsSpentMinor: 600_001n, receipt: 'too much' };
    expect(await refusalOf(completeErrand(core, bayo.call(), given))).toMatchObject({
      code: 'GOODS_OVER_BUDGET',
      details: { goodsBudgetMinor: 600_000 },
    });
    expect(await completeErrand(core, bayo.call(), { ...given, goodsSpentMinor: 600_000n })).toMatchObject({
      goodsSpentMinor: 600_000n,
    });
  });

  test('no person posts an errand again in the clock’s place', async () => {
    const { core, ada, bayo } = scene;
    const { errandId } = await errandIn(scene, 'accepted');
    for (const person of [ada, bayo]) {
      expect(await refusalOf(reopenErrand(core, person.call(), { errandId }))).toMatchObject({
        code: 'TRANSITION_REFUSED',
      });
    }
  });
});

describe('a key', () => {
  test('answers the same again and takes no other errand', async () => {
    const { core, bayo } = scene;
    const one = await errandIn(scene, 'posted');
    const two = await errandIn(scene, 'posted');
    const calls = { accept: bayo.call(), start: bayo.call(), complete: bayo.call() };
    const accepted = await acceptErrand(core, calls.accept, { errandId: one.errandId });
    const started = await startErrand(core, calls.start, { errandId: one.errandId });
    const completed = await completeErrand(core, calls.complete, { errandId: one.errandId, ...RECEIPT });
    expect(await acceptErrand(core, calls.accept, { errandId: one.errandId })).toEqual(accepted);
    expect(await startErrand(core, calls.start, { errandId: one.errandId })).toEqual(started);
    expect(await completeErrand(core, calls.complete, { errandId: one.errandId, ...RECEIPT })).toEqual(
      completed,
    );
    const reused = { code: 'IDEMPOTENCY_KEY_REUSED' };
    expect(await refusalOf(acceptErrand(core, calls.accept, { errandId: two.errandId }))).toMatchObject(
      reused,
    );
    expect(await refusalOf(startErrand(core, calls.start, { errandId: two.errandId }))).toMatchObject(reused);
    const dearer = { errandId: one.errandId, ...RECEIPT, goodsSpentMinor: 520_001n };
    expect(await refusalOf(completeErrand(core, calls.complete, dearer))).toMatchObject(reused);
  });
});
