import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { checkAllInvariants } from '../../invariants.ts';
import { beginApproval, verifyApproval } from '../../signed-actions.ts';
import { availableOf, fundWallet } from '../../testing/fund-wallet.ts';
import { codesOf } from '../../testing/refusal-of.ts';
import { makeSigningPerson, type SigningPerson, signAction } from '../../testing/signing-person.ts';
import { createTestCore, moveClock } from '../../testing/test-core.ts';
import { takeRole } from '../../users/index.ts';
import { advanceErrands } from '../advance-errands.sweep.ts';
import { startErrand } from '../run/start-errand.command.ts';
import { type ErrandScene, errandIn, makeErrandScene, refusalOf } from '../testing/errand-scene.ts';
import { cancelErrand } from './cancel-errand.command.ts';
import { confirmErrand } from './confirm-errand.command.ts';

/** Who sends in these tests has a passkey, and the limits are those of the policy. */
type SignedScene = Omit<ErrandScene, 'ada'> & { ada: SigningPerson };

let base: ErrandScene;
let scene: SignedScene;
let people = 0;

beforeAll(async () => {
  base = await makeErrandScene();
});
afterAll(() => base.database.drop());
beforeEach(async () => {
  people += 1;
  const core = { ...createTestCore(base.database.db), keyring: base.core.keyring };
  const ada = await makeSigningPerson(core, `demo_sender_${people}`);
  await takeRole(core, ada.call(), { role: 'sender' });
  await fundWallet(core, ada.userId, 50_000_000n);
  scene = { ...base, core, ada };
});
afterEach(async () => expect(await checkAllInvariants(base.database.db)).toEqual([]));

/** A completed errand by which this much leaves the escrow for others. */
const completed = (leavesMinor: number) =>
  errandIn(scene, 'completed', { rewardMinor: leavesMinor - 520_000 });

const keysOf = async () =>
  (
    await base.database.db
      .selectFrom('commands')
      .where('actor', '=', `user ${scene.ada.userId}`)
      .where('command', 'in', ['errands.confirm', 'errands.cancel'])
      .select('key')
      .execute()
  ).map(({ key }) => key);

describe('an errand whose release reaches the limit', () => {
  test('is refused unsigned, leaves nothing under the key, and is confirmed signed under the same one', async () => {
    const { core, ada } = scene;
    const { errandId, escrowId, runner } = await completed(2_000_000);
    const call = ada.call();
    const refusal = await refusalOf(confirmErrand(core, call, { errandId }));
    expect(refusal).toMatchObject({
      code: 'SIGNATURE_NEEDED',
      details: {
        action: 'errands.confirm',
        amountMinor: 2_000_000,
        currency: 'NGN',
        limit: 'single',
        limitMinor: 2_000_000,
      },
    });
    expect(await keysOf()).toEqual([]);
    const key = call.idempotencyKey ?? '';
    const begun = await beginApproval(core, call, {
      action: 'errands.confirm',
      errandId,
      idempotencyKey: key,
    });
    expect(begun.document).toMatchObject({
      amountMinor: 2_000_000,
      currency: 'NGN',
      payee: `errand_${errandId}@user_${runner?.userId}`,
    });
    const approval = { approvalId: begun.approvalId, response: await ada.authenticator.get(begun.options) };
    const confirmed = await confirmErrand(core, call, { errandId, approval });
    expect(confirmed.state).toBe('confirmed');
    expect(await confirmErrand(core, call, { errandId })).toEqual(confirmed);
    const sets = await base.database.db
      .selectFrom('transfer_sets')
      .where('cause_id', '=', errandId)
      .where('kind', '=', 'escrow.release')
      .select(['id', 'authority_kind', 'authority_reference'])
      .execute();
    expect(sets).toMatchObject([{ authority_kind: 'passkey', authority_reference: begun.approvalId }]);
    expect(await verifyApproval(core, begun.approvalId)).toMatchObject({
      isProven: true,
      transferSetIds: sets.map(({ id }) => id),
    });
    expect(escrowId).toBe(confirmed.escrowId);
  });

  test('one kobo below it needs none', async () => {
    const { core, ada } = scene;
    const { errandId } = await completed(1_999_999);
    expect((await confirmErrand(core, ada.call(), { errandId })).state).toBe('confirmed');
  });

  test('is confirmed by the clock without a signature', async () => {
    const { core, database } = scene;
    const { errandId } = await completed(9_000_000);
    await moveClock(database.owner, 86_400);
    while ((await advanceErrands(core, 100)) > 0);
    const row = await database.db
      .selectFrom('errands')
      .where('id', '=', errandId)
      .select('state')
      .executeTakeFirst();
    expect(row?.state).toBe('confirmed');
  });

  test('may be signed below the limit too, and then it does not count', async () => {
    const { core, ada } = scene;
    for (let round = 0; round < 4; round += 1) {
      const { errandId } = await completed(1_999_999);
      const call = ada.call();
      const approval = await signAction(core, ada, call, { action: 'errands.confirm', errandId });
      expect((await confirmErrand(core, call, { errandId, approval })).state).toBe('confirmed');
    }
    const { errandId } = await completed(1_999_999);
    expect((await confirmErrand(core, ada.call(), { errandId })).state).toBe('confirmed');
  });

  test('is not signed for by its runner nor by a stranger', async () => {
    const { core } = scene;
    const { errandId } = await completed(2_000_000);
    const ask = (call: ReturnType<SigningPerson['call']>, id: string) =>
      beginApproval(core, call, { action: 'errands.confirm', errandId: id, idempotencyKey: 'a-key-of-mine' });
    expect((await refusalOf(ask(scene.bayo.call(), errandId))).code).toBe('TRANSITION_REFUSED');
    expect((await refusalOf(ask(scene.stranger.call(), errandId))).code).toBe('OBJECT_NOT_FOUND');
    const nothing = '018f3c5a-0000-7000-8000-000000000001';
    expect((await refusalOf(ask(scene.stranger.call(), nothing))).code).toBe('OBJECT_NOT_FOUND');
  });
});

describe('an errand that is cancelled', () => {
  test('needs a signature where the runner’s part reaches the limit, and pays what was signed', async () => {
    const { core, ada, bayo, database } = scene;
    const { errandId } = await errandIn(scene, 'started', { rewardMinor: 4_000_000 });
    await moveClock(database.owner, 301);
    const call = ada.call();
    expect((await refusalOf(cancelErrand(core, call, { errandId }))).code).toBe('SIGNATURE_NEEDED');
    const approval = await signAction(core, ada, call, { action: 'errands.cancel', errandId });
    const before = await availableOf(base.database.db, bayo.userId);
    expect((await cancelErrand(core, call, { errandId, approval })).state).toBe('cancelled');
    expect((await availableOf(base.database.db, bayo.userId)) - before).toBe(2_000_000n);
    expect(await verifyApproval(core, approval.approvalId)).toMatchObject({ isProven: true });
  });

  test('is refused where the runner gets more than was signed, because he has started meanwhile', async () => {
    const { core, ada, bayo, database } = scene;
    const { errandId } = await errandIn(scene, 'accepted', { rewardMinor: 4_000_000 });
    await moveClock(database.owner, 301);
    const call = ada.call();
    const approval = await signAction(core, ada, call, { action: 'errands.cancel', errandId });
    await startErrand(core, bayo.call(), { errandId });
    expect((await refusalOf(cancelErrand(core, call, { errandId, approval }))).code).toBe(
      'SIGNATURE_REFUSED',
    );
  });

  test('is not signed for where it costs more than the sender was shown, and refused so before it is signed', async () => {
    const { core, ada, database } = scene;
    const { errandId } = await errandIn(scene, 'accepted', { rewardMinor: 20_000_000 });
    await moveClock(database.owner, 301);
    const call = ada.call();
    const asked = { errandId, costMaxMinor: 3_999_999n };
    const refusal = {
      code: 'CANCELLATION_COSTS_MORE',
      details: { currency: 'NGN', costMinor: 4_000_000, costMaxMinor: 3_999_999 },
    };
    expect(await refusalOf(cancelErrand(core, call, asked))).toMatchObject(refusal);
    const action = { action: 'errands.cancel', ...asked, idempotencyKey: call.idempotencyKey ?? '' } as const;
    expect(await refusalOf(beginApproval(core, call, action))).toMatchObject(refusal);
    const agreed = { errandId, costMaxMinor: 4_000_000n };
    expect((await refusalOf(cancelErrand(core, call, agreed))).code).toBe('SIGNATURE_NEEDED');
    const approval = await signAction(core, ada, call, { action: 'errands.cancel', ...agreed });
    expect((await cancelErrand(core, call, { ...agreed, approval })).state).toBe('cancelled');
  });

  test('while nobody has it pays nobody, and may be signed for all the same', async () => {
    const { core, ada } = scene;
    const { errandId } = await errandIn(scene, 'posted', { rewardMinor: 9_000_000 });
    const call = ada.call();
    const approval = await signAction(core, ada, call, { action: 'errands.cancel', errandId });
    expect((await cancelErrand(core, call, { errandId, approval })).state).toBe('cancelled');
    expect(await verifyApproval(core, approval.approvalId)).toMatchObject({
      isProven: true,
      document: { amountMinor: 0, payee: `errand_${errandId}` },
    });
  });
});

describe('the limit on all that is done unsigned in a day', () => {
  test('lets two of ₦19,999.99 through and the third not, and lets it go again a day later', async () => {
    const { core, ada, database } = scene;
    const errands = [await completed(1_999_999), await completed(1_999_999), await completed(1_999_999)];
    const [first, second, third] = errands.map(({ errandId }) => ({ errandId }));
    if (!first || !second || !third) throw new Error('three were made');
    await confirmErrand(core, ada.call(), first);
    await confirmErrand(core, ada.call(), second);
    const call = ada.call();
    expect(await refusalOf(confirmErrand(core, call, third))).toMatchObject({
      code: 'SIGNATURE_NEEDED',
      details: { limit: 'rolling', limitMinor: 5_000_000, amountMinor: 1_999_999 },
    });
    const small = await completed(5_000_000 - 2 * 1_999_999 - 1);
    await confirmErrand(core, ada.call(), { errandId: small.errandId });
    const approval = await signAction(core, ada, call, { action: 'errands.confirm', ...third });
    await confirmErrand(core, call, { ...third, approval });
    const late = await completed(1_999_999);
    await moveClock(database.owner, 80_000);
    const early = await refusalOf(confirmErrand(core, ada.call(), { errandId: late.errandId }));
    expect(early).toMatchObject({ details: { limit: 'rolling' } });
  });

  test('counts again from nothing once a day has passed', async () => {
    const { core, ada, database } = scene;
    for (let round = 0; round < 2; round += 1) {
      await confirmErrand(core, ada.call(), { errandId: (await completed(1_999_999)).errandId });
    }
    await moveClock(database.owner, 86_400);
    const { errandId } = await completed(1_999_999);
    await confirmErrand(core, ada.call(), { errandId });
    const kept = await database.db
      .selectFrom('unsigned_acts')
      .where('user_id', '=', ada.userId)
      .select('amount_minor')
      .execute();
    expect(kept).toEqual([{ amount_minor: 1_999_999n }]);
  });

  test('counts nothing that was refused, and nothing twice that was asked for twice', async () => {
    const { core, ada } = scene;
    const { errandId } = await completed(1_999_999);
    const call = ada.call();
    await confirmErrand(core, call, { errandId });
    await confirmErrand(core, call, { errandId });
    expect((await refusalOf(confirmErrand(core, ada.call(), { errandId }))).code).toBe('TRANSITION_REFUSED');
    const other = await completed(1_999_999);
    expect((await confirmErrand(core, ada.call(), { errandId: other.errandId })).state).toBe('confirmed');
  });

  test('holds when ten are confirmed at once', async () => {
    const { core, ada } = scene;
    const errands = [];
    for (let made = 0; made < 10; made += 1) errands.push(await completed(1_500_000));
    const codes = await codesOf(errands.map(({ errandId }) => confirmErrand(core, ada.call(), { errandId })));
    expect(codes.filter((code) => code === null)).toHaveLength(3);
    expect(codes.filter((code) => code === 'SIGNATURE_NEEDED')).toHaveLength(7);
  });

  test('is one person’s own', async () => {
    const { core, ada } = scene;
    for (let round = 0; round < 2; round += 1) {
      await confirmErrand(core, ada.call(), { errandId: (await completed(1_999_999)).errandId });
    }
    const other = await makeSigningPerson(core, `demo_other_${people}`);
    await takeRole(core, other.call(), { role: 'sender' });
    await fundWallet(core, other.userId, 5_000_000n);
    scene = { ...scene, ada: other };
    const { errandId } = await completed(1_999_999);
    expect((await confirmErrand(core, other.call(), { errandId })).state).toBe('confirmed');
  });
});
