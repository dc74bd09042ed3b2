import { readBalances } from '@errand-dash/db';
import { seededRandom } from '@errand-dash/db/testing';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { command } from '../command.ts';
import { cancelErrand, confirmErrand } from '../errands/index.ts';
import { type ErrandScene, errandIn, makeErrandScene } from '../errands/testing/index.ts';
import { checkAllInvariants } from '../invariants.ts';
import { codesOf } from '../testing/refusal-of.ts';
import { moveClock } from '../testing/test-core.ts';
import { refundEscrow, releaseEscrow, releasePartOfEscrow, splitEscrow } from './end-escrow.command.ts';
import { getEscrow } from './get-escrow.query.ts';

let scene: ErrandScene;
beforeAll(async () => {
  scene = await makeErrandScene();
});
afterAll(() => scene.database.drop());

const amount = 1_050_000;
interface Step {
  escrowId: string;
  step: 'part' | 'release' | 'refund' | 'split';
  payeeMinor: number;
  payerMinor: number;
  feeMinor: number;
}

/** What another module's command does with an escrow. */
const takeStep = command('test.takeStep', async (tx, { escrowId, step, ...given }: Step, context) => {
  const end = { escrowId, by: 'payer' } as const;
  const payeeMinor = BigInt(given.payeeMinor);
  const payerMinor = BigInt(given.payerMinor);
  switch (step) {
    case 'part':
      return {
        result: step,
        ...(await releasePartOfEscrow(tx, {
          ...end,
          payeeMinor,
          feeMinor: BigInt(given.feeMinor),
        })),
      };
    case 'release':
      return { result: step, ...(await releaseEscrow(tx, context, { ...end, payeeMinor, payerMinor })) };
    case 'refund':
      return { result: step, ...(await refundEscrow(tx, context, end)) };
    case 'split':
      return { result: step, ...(await splitEscrow(tx, context, { ...end, payeeMinor })) };
  }
});

/** What the payer, the payee and the platform have, and what the escrow holds. */
async function purses(escrowId: string) {
  const { database, ada, bayo } = scene;
  const currency = 'NGN';
  const [payer = 0n, payee = 0n, fee = 0n, held = 0n] = await readBalances(database.db, [
    { purpose: 'available', ownerId: ada.userId, currency },
    { purpose: 'available', ownerId: bayo.userId, currency },
    { purpose: 'fees', ownerId: null, currency },
    { purpose: 'held', ownerId: escrowId, currency },
  ]);
  return { payer: Number(payer), payee: Number(payee), fee: Number(fee), held: Number(held) };
}
type Purses = Awaited<ReturnType<typeof purses>>;
const moved = (before: Purses, now: Purses): Purses => ({
  payer: now.payer - before.payer,
  payee: now.payee - before.payee,
  fee: now.fee - before.fee,
  held: now.held - before.held,
});

describe('whatever is released in parts before', () => {
  test.each(Array.from({ length: 12 }, (_, seed) => seed))(
    'the end of an escrow leaves it at zero, and adds up to the whole (seed %i)',
    async (seed) => {
      const { core, ada } = scene;
      const pick = seededRandom(seed);
      const upTo = (most: number) => pick(most + 1);
      const { escrowId } = await errandIn(scene, 'completed');
      const before = await purses(escrowId);
      const nothing = { escrowId, payeeMinor: 0, payerMinor: 0, feeMinor: 0 };
      const parts = Array.from({ length: upTo(4) }, () => {
        const payeeMinor = 1 + upTo(200_000);
        return { ...nothing, step: 'part' as const, payeeMinor, feeMinor: Math.floor(payeeMinor / 10) };
      });
      for (const part of parts) await takeStep(core, ada.call(), part);
      const had = moved(before, await purses(escrowId));
      expect(had.payer).toBe(0);
      const step = (['release', 'refund', 'split'] as const)[upTo(2)] ?? 'release';
      const payeeMinor = had.payee + upTo(amount - had.payee - had.fee);
      const payerMinor = upTo(amount - payeeMinor - had.fee);
      await takeStep(core, ada.call(), { ...nothing, step, payeeMinor, payerMinor });
      const whole = {
        release: { payee: payeeMinor, payer: payerMinor, fee: amount - payeeMinor - payerMinor },
        refund: { payee: had.payee, payer: amount - had.payee - had.fee, fee: had.fee },
        split: { payee: payeeMinor, payer: amount - payeeMinor - had.fee, fee: had.fee },
      }[step];
      expect(moved(before, await purses(escrowId))).toEqual({ ...whole, held: -amount });
      const broken = await checkAllInvariants(scene.database.db);
      expect(broken.filter(({ invariant }) => !invariant.startsWith('errand_'))).toEqual([]);
    },
  );

  test('one of several ends at once happens, and no part after it', async () => {
    const { core, ada } = scene;
    const { escrowId } = await errandIn(scene, 'completed');
    const before = await purses(escrowId);
    const part = { escrowId, step: 'part', payeeMinor: 50_000, payerMinor: 0, feeMinor: 5_000 } as const;
    const ends = (['release', 'refund', 'split'] as const).map(
      (step) => ({ escrowId, step, payeeMinor: 925_000, payerMinor: 80_000, feeMinor: 0 }) as const,
    );
    const codes = await codesOf(
      [part, ...ends, part, ...ends, part].map((step) => takeStep(core, ada.call(), step)),
    );
    expect(new Set(codes)).toEqual(new Set([null, 'TRANSITION_REFUSED']));
    const now = moved(before, await purses(escrowId));
    expect(now.payer + now.payee + now.fee).toBe(amount);
    expect(now.held).toBe(-amount);
    expect((await getEscrow(core, ada.call(), { escrowId })).state).not.toBe('held');
  });
});

describe('an errand of which a part was released', () => {
  const part = { step: 'part', payeeMinor: 200_000, payerMinor: 0, feeMinor: 20_000 } as const;

  test('is confirmed as any other: all have in the end what they would have had', async () => {
    const { core, ada } = scene;
    const { errandId, escrowId } = await errandIn(scene, 'completed');
    const before = await purses(escrowId);
    await takeStep(core, ada.call(), { ...part, escrowId });
    await confirmErrand(core, ada.call(), { errandId });
    expect(moved(before, await purses(escrowId))).toEqual({
      ...{ payee: 925_000, payer: 80_000, fee: 45_000, held: -amount },
    });
  });

  test('is cancelled late for what the runner has not had of it', async () => {
    const { core, ada, database } = scene;
    const { errandId, escrowId } = await errandIn(scene, 'started');
    await moveClock(database.owner, 301);
    const before = await purses(escrowId);
    await takeStep(core, ada.call(), { ...part, escrowId });
    await cancelErrand(core, ada.call(), { errandId });
    expect(moved(before, await purses(escrowId))).toEqual({
      ...{ payee: 225_000, fee: 20_000, payer: amount - 245_000, held: -amount },
    });
  });
});
