import { readBalances } from '@errand-dash/db';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { command } from '../command.ts';
import { type ErrandScene, errandIn, makeErrandScene, refusalOf } from '../errands/testing/index.ts';
import { checkAllInvariants } from '../invariants.ts';
import { codesOf } from '../testing/refusal-of.ts';
import { clockCall } from '../testing/test-core.ts';
import { getStatement } from '../wallet/index.ts';
import { refundEscrow, releaseEscrow, releasePartOfEscrow } from './end-escrow.command.ts';
import { getEscrow } from './get-escrow.query.ts';
import { sumHeldByPayer } from './sum-held-by-payer.query.ts';

let scene: ErrandScene;
beforeAll(async () => {
  scene = await makeErrandScene();
});
afterAll(() => scene.database.drop());
// These end the escrow alone, so that its errand goes on without money.
afterEach(async () => {
  const broken = await checkAllInvariants(scene.database.db);
  expect(broken.filter(({ invariant }) => !invariant.startsWith('errand_'))).toEqual([]);
});

const amount = 1_050_000n;
interface Part {
  escrowId: string;
  payeeMinor: bigint;
  feeMinor: bigint;
}
/** What another module's command does with an escrow. */
const postPart = command('test.postPart', async (tx, part: Part) => ({
  result: null,
  ...(await releasePartOfEscrow(tx, { ...part, by: 'payer' })),
}));
const postRest = command('test.postRest', async (tx, { escrowId, payeeMinor }: Part, context) => ({
  result: null,
  ...(await releaseEscrow(tx, context, { escrowId, by: 'payer', payeeMinor, payerMinor: 0n })),
}));
const voidIt = command('test.void', async (tx, { escrowId }: { escrowId: string }, context) => ({
  result: null,
  ...(await refundEscrow(tx, context, {
    escrowId,
    by: context.viewer.kind === 'clock' ? 'clock' : 'payer',
  })),
}));

const heldIn = async (escrowId: string) =>
  (await readBalances(scene.database.db, [{ purpose: 'held', ownerId: escrowId, currency: 'NGN' }]))[0];
/** Every balance that the reserve has had, oldest first, with what moved it. */
async function lifeOf(escrowId: string) {
  const asked = { currency: 'NGN', account: { purpose: 'held', escrowId }, limit: 100 } as const;
  const { lines } = await getStatement(scene.core, scene.ada.call(), asked);
  return lines.toReversed().map(({ kind, balanceMinor }) => [kind, balanceMinor]);
}

describe('a reserve', () => {
  test('is posted in part, and in part again, and the rest: it ends at zero', async () => {
    const { core, ada, bayo, database } = scene;
    const { escrowId } = await errandIn(scene, 'accepted');
    const before = await sumHeldByPayer(database.db, ada.userId);
    await postPart(core, ada.call(), { escrowId, payeeMinor: 300_000n, feeMinor: 30_000n });
    await postPart(core, ada.call(), { escrowId, payeeMinor: 20_000n, feeMinor: 0n });
    expect(await getEscrow(core, bayo.call(), { escrowId })).toMatchObject({
      ...{ state: 'held', amountMinor: amount, partsReleasedMinor: 350_000n },
    });
    expect((await sumHeldByPayer(database.db, ada.userId)).get('NGN')).toBe(
      (before.get('NGN') ?? 0n) - 350_000n,
    );
    await postRest(core, ada.call(), { escrowId, payeeMinor: 1_010_000n, feeMinor: 0n });
    expect(await lifeOf(escrowId)).toEqual([
      ['escrow.hold', amount],
      ['escrow.release_part', 750_000n],
      ['escrow.release_part', 720_000n],
      ['escrow.release_part', 700_000n],
      ['escrow.release', 10_000n],
      ['escrow.release', 0n],
    ]);
  });

  test('is voided by its payer, with a part gone or none', async () => {
    const { core, ada } = scene;
    const whole = await errandIn(scene, 'accepted');
    await voidIt(core, ada.call(), { escrowId: whole.escrowId });
    expect(await lifeOf(whole.escrowId)).toEqual([
      ['escrow.hold', amount],
      ['escrow.refund', 0n],
    ]);
    const { escrowId } = await errandIn(scene, 'accepted');
    await postPart(core, ada.call(), { escrowId, payeeMinor: 1n, feeMinor: 0n });
    await voidIt(core, ada.call(), { escrowId });
    expect((await lifeOf(escrowId)).at(-1)).toEqual(['escrow.refund', 0n]);
  });

  test('expires by the clock, with a part gone or none', async () => {
    const { core, ada } = scene;
    const expire = clockCall('escrow.refund');
    const whole = await errandIn(scene, 'posted');
    await voidIt(core, expire, { escrowId: whole.escrowId });
    expect(await heldIn(whole.escrowId)).toBe(0n);
    const { escrowId } = await errandIn(scene, 'accepted');
    await postPart(core, ada.call(), { escrowId, payeeMinor: 50_000n, feeMinor: 5_000n });
    await voidIt(core, expire, { escrowId });
    expect((await lifeOf(escrowId)).at(-1)).toEqual(['escrow.refund', 0n]);
    expect(await refusalOf(voidIt(core, expire, { escrowId }))).toMatchObject({ code: 'TRANSITION_REFUSED' });
  });

  test('is never posted beyond itself, however many parts are asked for at once', async () => {
    const { core, ada } = scene;
    const { escrowId } = await errandIn(scene, 'accepted');
    const parts = Array.from({ length: 20 }, () =>
      postPart(core, ada.call(), { escrowId, payeeMinor: 100_000n, feeMinor: 0n }),
    );
    const codes = await codesOf([...parts, voidIt(core, ada.call(), { escrowId })]);
    expect(
      new Set(codes.filter((code) => code !== null && !/TRANSITION_REFUSED|AMOUNT_TOO_LARGE/.test(code))),
    ).toEqual(new Set());
    const life = await lifeOf(escrowId);
    expect(life.every(([, balance]) => (balance as bigint) >= 0n)).toBe(true);
    expect(life.at(-1)).toEqual(['escrow.refund', 0n]);
    expect(life.length).toBe(codes.filter((code) => code === null).length + 1);
  });

  test('posts the same part under the same key once', async () => {
    const { core, ada } = scene;
    const { escrowId } = await errandIn(scene, 'accepted');
    const call = ada.call();
    const part = { escrowId, payeeMinor: 100_000n, feeMinor: 0n };
    await postPart(core, call, part);
    await postPart(core, call, part);
    expect(await heldIn(escrowId)).toBe(amount - 100_000n);
    expect(await refusalOf(postPart(core, call, { ...part, payeeMinor: 5n }))).toMatchObject({
      code: 'IDEMPOTENCY_KEY_REUSED',
    });
    expect(await refusalOf(postPart(core, ada.call(), { ...part, payeeMinor: amount }))).toMatchObject({
      code: 'AMOUNT_TOO_LARGE',
      details: { maxMinor: 949_999 },
    });
  });
});
