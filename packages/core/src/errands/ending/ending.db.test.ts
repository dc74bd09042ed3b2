import { readBalances } from '@errand-dash/db';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { getEscrow } from '../../escrow/index.ts';
import { checkAllInvariants } from '../../invariants.ts';
import { codesOf } from '../../testing/refusal-of.ts';
import { moveClock } from '../../testing/test-core.ts';
import { getErrand } from '../get-errand.query.ts';
import { type ErrandScene, errandIn, makeErrandScene, refusalOf } from '../testing/errand-scene.ts';
import { cancelErrand } from './cancel-errand.command.ts';
import { confirmErrand } from './confirm-errand.command.ts';
import { expireErrand } from './expire-errand.command.ts';
import { lapseErrand } from './lapse-errand.command.ts';

let scene: ErrandScene;
beforeAll(async () => {
  scene = await makeErrandScene();
});
afterEach(async () => expect(await checkAllInvariants(scene.database.db)).toEqual([]));
afterAll(() => scene.database.drop());

/** What the sender, the runner, the platform and the escrow have. */
async function purses(escrowId: string) {
  const { database, ada, bayo } = scene;
  const currency = 'NGN';
  const [sender = 0n, runner = 0n, fees = 0n, held = 0n] = await readBalances(database.db, [
    { purpose: 'available', ownerId: ada.userId, currency },
    { purpose: 'available', ownerId: bayo.userId, currency },
    { purpose: 'fees', ownerId: null, currency },
    { purpose: 'held', ownerId: escrowId, currency },
  ]);
  return { sender, runner, fees, held };
}
type Purses = Awaited<ReturnType<typeof purses>>;
const moved = (before: Purses, now: Purses): Purses => ({
  sender: now.sender - before.sender,
  runner: now.runner - before.runner,
  fees: now.fees - before.fees,
  held: now.held - before.held,
});
const setsOf = (errandId: string) =>
  scene.database.db
    .selectFrom('transfer_sets')
    .select(['kind', 'authority_kind', 'authority_reference'])
    .where('cause_id', '=', errandId)
    .orderBy('id')
    .execute();

describe('confirming', () => {
  test('pays the runner, the sender and the platform in one set of transfers', async () => {
    const { core, ada, bayo } = scene;
    const { errandId, escrowId } = await errandIn(scene, 'completed');
    const before = await purses(escrowId);
    expect(await confirmErrand(core, ada.call(), { errandId })).toMatchObject({
      state: 'confirmed',
      allowedActions: [],
      nextDeadline: null,
    });
    expect(moved(before, await purses(escrowId))).toEqual({
      sender: 80_000n,
      runner: 925_000n,
      fees: 45_000n,
      held: -1_050_000n,
    });
    expect(await setsOf(errandId)).toEqual([
      { kind: 'escrow.hold', authority_kind: 'session', authority_reference: ada.sessionId },
      { kind: 'escrow.release', authority_kind: 'session', authority_reference: ada.sessionId },
    ]);
    expect(await getEscrow(core, bayo.call(), { escrowId })).toMatchObject({ state: 'released' });
  });

  test('is told to both, with what each got', async () => {
    const { ada, bayo, database } = scene;
    const { errandId, escrowId } = await errandIn(scene, 'confirmed');
    const events = await database.db
      .selectFrom('events')
      .select(['name', 'audience', 'data'])
      .where('name', 'in', ['errand.confirmed', 'escrow.released'])
      .where('subject_id', 'in', [errandId, escrowId])
      .orderBy('name')
      .execute();
    const audience = [ada.userId, bayo.userId];
    expect(events).toEqual([
      { name: 'errand.confirmed', audience, data: { state: 'confirmed', version: 5, escrowId } },
      {
        name: 'escrow.released',
        audience,
        data: {
          cause: { type: 'errand', id: errandId },
          currency: 'NGN',
          payeeMinor: 925_000,
          payerMinor: 80_000,
          feeMinor: 45_000,
        },
      },
    ]);
  });

  test('is the sender’s alone, of what is completed, and once', async () => {
    const { core, ada, bayo, stranger } = scene;
    const code = async (call: Promise<unknown>) => (await refusalOf(call)).code;
    const started = await errandIn(scene, 'started');
    expect(await code(confirmErrand(core, ada.call(), { errandId: started.errandId }))).toBe(
      'TRANSITION_REFUSED',
    );
    const { errandId } = await errandIn(scene, 'completed');
    expect(await code(confirmErrand(core, bayo.call(), { errandId }))).toBe('TRANSITION_REFUSED');
    expect(await code(confirmErrand(core, stranger.call(), { errandId }))).toBe('OBJECT_NOT_FOUND');
    await confirmErrand(core, ada.call(), { errandId });
    expect(await code(confirmErrand(core, ada.call(), { errandId }))).toBe('TRANSITION_REFUSED');
    expect(await code(cancelErrand(core, ada.call(), { errandId }))).toBe('TRANSITION_REFUSED');
  });

  test('needs a signature from the limit on', async () => {
    const { core, ada } = scene;
    const { errandId } = await errandIn(scene, 'completed', { rewardMinor: 1_480_000 });
    expect(await refusalOf(confirmErrand(core, ada.call(), { errandId }))).toMatchObject({
      code: 'SIGNATURE_NEEDED',
      details: {
        action: 'errands.confirm',
        amountMinor: 2_000_000,
        currency: 'NGN',
        limit: 'single',
        limitMinor: 2_000_000,
      },
    });
    const below = await errandIn(scene, 'completed', { rewardMinor: 1_479_999 });
    expect(await confirmErrand(core, ada.call(), { errandId: below.errandId })).toMatchObject({
      state: 'confirmed',
    });
  });

  test('pays by the numbers of the posting, whatever has been configured since', async () => {
    const { core, ada } = scene;
    const { errandId, escrowId } = await errandIn(scene, 'completed');
    const dearer = {
      ...core,
      policy: { ...core.policy, commissionBasisPoints: 5000 },
    };
    const before = await purses(escrowId);
    await confirmErrand(dearer, ada.call(), { errandId });
    expect(moved(before, await purses(escrowId)).fees).toBe(45_000n);
  });
});

describe('cancelling', () => {
  test.each([
    { state: 'posted', wait: 0, runner: 0n, kind: 'escrow.refund' },
    { state: 'accepted', wait: 240, runner: 0n, kind: 'escrow.refund' },
    { state: 'accepted', wait: 301, runner: 90_000n, kind: 'escrow.split' },
    { state: 'started', wait: 0, runner: 0n, kind: 'escrow.refund' },
    { state: 'started', wait: 301, runner: 225_000n, kind: 'escrow.split' },
  ] as const)('what is $state for $wait s: $runner to the runner', async ({ state, wait, runner, kind }) => {
    const { core, ada, database } = scene;
    const { errandId, escrowId } = await errandIn(scene, state);
    await moveClock(database.owner, wait);
    const before = await purses(escrowId);
    expect(await cancelErrand(core, ada.call(), { errandId })).toMatchObject({ state: 'cancelled' });
    expect(moved(before, await purses(escrowId))).toEqual({
      sender: 1_050_000n - runner,
      runner,
      fees: 0n,
      held: -1_050_000n,
    });
    expect((await setsOf(errandId)).map((set) => set.kind)).toEqual(['escrow.hold', kind]);
  });

  test('that has come to cost more than the sender was shown cancels nothing, and says what it costs', async () => {
    const { core, ada, database } = scene;
    const { errandId, escrowId } = await errandIn(scene, 'accepted');
    const shown = await getErrand(core, ada.call(), { errandId });
    expect(shown.cancellationCostMinor).toBe(0n);
    const call = ada.call();
    const costMaxMinor = shown.cancellationCostMinor;
    await moveClock(database.owner, 301);
    const before = await purses(escrowId);
    expect(await refusalOf(cancelErrand(core, call, { errandId, costMaxMinor }))).toMatchObject({
      code: 'CANCELLATION_COSTS_MORE',
      details: { currency: 'NGN', costMinor: 90_000, costMaxMinor: 0 },
    });
    expect(moved(before, await purses(escrowId))).toEqual({ sender: 0n, runner: 0n, fees: 0n, held: 0n });
    const later = await getErrand(core, ada.call(), { errandId });
    expect(later).toMatchObject({ state: 'accepted', cancellationCostMinor: 90_000n });
    // Nothing was kept under the key: she may agree to the cost under the same one.
    const agreed = { errandId, costMaxMinor: 90_000n };
    const cancelled = await cancelErrand(core, call, agreed);
    expect(cancelled).toMatchObject({ state: 'cancelled' });
    expect(await cancelErrand(core, call, agreed)).toEqual(cancelled);
    expect((await refusalOf(cancelErrand(core, call, { errandId }))).code).toBe('IDEMPOTENCY_KEY_REUSED');
  });

  test('of two at once, one of whom agrees to the cost, costs once', async () => {
    const { core, ada, database } = scene;
    const { errandId, escrowId } = await errandIn(scene, 'accepted');
    await moveClock(database.owner, 301);
    const before = await purses(escrowId);
    const outcomes = await codesOf([
      cancelErrand(core, ada.call(), { errandId, costMaxMinor: 90_000n }),
      cancelErrand(core, ada.call(), { errandId, costMaxMinor: 0n }),
    ]);
    expect(outcomes.filter((code) => code === null)).toHaveLength(1);
    expect(moved(before, await purses(escrowId))).toMatchObject({ runner: 90_000n });
  });

  test('says what it costs to the sender alone, while she may', async () => {
    const { core, ada, bayo } = scene;
    const { errandId, acceptedAt } = await errandIn(scene, 'started');
    const seen = await getErrand(core, ada.call(), { errandId });
    expect(seen).toMatchObject({
      allowedActions: ['cancel'],
      cancellationCostMinor: 0n,
      cancellationFreeUntil: new Date(Number(acceptedAt) + 300_000),
    });
    const posted = await errandIn(scene, 'posted');
    expect(posted).toMatchObject({ cancellationCostMinor: 0n, cancellationFreeUntil: null });
    const completed = await errandIn(scene, 'completed');
    const without = [
      await getErrand(core, bayo.call(), { errandId }),
      await getErrand(core, ada.call(), { errandId: completed.errandId }),
    ];
    for (const errand of without) {
      expect(errand).not.toHaveProperty('cancellationCostMinor');
      expect(errand).not.toHaveProperty('cancellationFreeUntil');
    }
  });

  test('is the sender’s alone, and before it is completed', async () => {
    const { core, ada, bayo, stranger } = scene;
    const code = async (call: Promise<unknown>) => (await refusalOf(call)).code;
    const started = await errandIn(scene, 'started');
    expect(await code(cancelErrand(core, bayo.call(), { errandId: started.errandId }))).toBe(
      'TRANSITION_REFUSED',
    );
    expect(await code(cancelErrand(core, stranger.call(), { errandId: started.errandId }))).toBe(
      'OBJECT_NOT_FOUND',
    );
    const completed = await errandIn(scene, 'completed');
    expect(await code(cancelErrand(core, ada.call(), { errandId: completed.errandId }))).toBe(
      'TRANSITION_REFUSED',
    );
  });

  test('needs a signature where the runner’s part reaches the limit', async () => {
    const { core, ada, database } = scene;
    const { errandId } = await errandIn(scene, 'started', { rewardMinor: 4_000_000 });
    await moveClock(database.owner, 301);
    expect(await refusalOf(cancelErrand(core, ada.call(), { errandId }))).toMatchObject({
      code: 'SIGNATURE_NEEDED',
    });
  });
});

test('no person ends an errand in the clock’s place', async () => {
  const { core, ada, bayo } = scene;
  const posted = await errandIn(scene, 'posted');
  const started = await errandIn(scene, 'started');
  const calls = [
    expireErrand(core, ada.call(), { errandId: posted.errandId }),
    lapseErrand(core, ada.call(), { errandId: started.errandId }),
    lapseErrand(core, bayo.call(), { errandId: started.errandId }),
  ];
  expect(await codesOf(calls)).toEqual(['TRANSITION_REFUSED', 'TRANSITION_REFUSED', 'TRANSITION_REFUSED']);
});

describe('a key', () => {
  test('pays once and answers the same again', async () => {
    const { core, ada } = scene;
    const completed = await errandIn(scene, 'completed');
    const posted = await errandIn(scene, 'posted');
    const calls = { confirm: ada.call(), cancel: ada.call() };
    const confirmed = await confirmErrand(core, calls.confirm, { errandId: completed.errandId });
    const cancelled = await cancelErrand(core, calls.cancel, { errandId: posted.errandId });
    const before = await purses(completed.escrowId);
    expect(await confirmErrand(core, calls.confirm, { errandId: completed.errandId })).toEqual(confirmed);
    expect(await cancelErrand(core, calls.cancel, { errandId: posted.errandId })).toEqual(cancelled);
    expect(await purses(completed.escrowId)).toEqual(before);
    const reused = { code: 'IDEMPOTENCY_KEY_REUSED' };
    expect(await refusalOf(confirmErrand(core, calls.confirm, { errandId: posted.errandId }))).toMatchObject(
      reused,
    );
    expect(await refusalOf(cancelErrand(core, calls.cancel, { errandId: completed.errandId }))).toMatchObject(
      reused,
    );
  });
});

describe('at once', () => {
  test('twenty confirmations pay once', async () => {
    const { core, ada } = scene;
    const { errandId, escrowId } = await errandIn(scene, 'completed');
    const before = await purses(escrowId);
    const outcomes = await Promise.allSettled(
      Array.from({ length: 20 }, () => confirmErrand(core, ada.call(), { errandId })),
    );
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    expect(moved(before, await purses(escrowId))).toMatchObject({ runner: 925_000n, fees: 45_000n });
  });

  test('one key twenty times pays once', async () => {
    const { core, ada } = scene;
    const { errandId, escrowId } = await errandIn(scene, 'completed');
    const before = await purses(escrowId);
    const call = ada.call();
    const outcomes = await Promise.allSettled(
      Array.from({ length: 20 }, () => confirmErrand(core, call, { errandId })),
    );
    const reasons = outcomes.flatMap((outcome) => (outcome.status === 'rejected' ? [outcome.reason] : []));
    for (const reason of reasons) expect(reason).toMatchObject({ refusal: { code: 'COMMAND_IN_FLIGHT' } });
    expect(reasons.length).toBeLessThan(20);
    expect(moved(before, await purses(escrowId))).toMatchObject({ runner: 925_000n, fees: 45_000n });
  });
});
