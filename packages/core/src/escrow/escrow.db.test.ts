import { readBalances } from '@errand-dash/db';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { command } from '../command.ts';
import { type ErrandScene, errandIn, makeErrandScene, refusalOf } from '../errands/testing/index.ts';
import { checkAllInvariants } from '../invariants.ts';
import { fundWallet } from '../testing/fund-wallet.ts';
import { makeTestUser } from '../testing/test-core.ts';
import { refundEscrow, releaseEscrow, splitEscrow } from './end-escrow.command.ts';
import { escrowInvariants } from './escrow-invariants.ts';
import { getEscrow } from './get-escrow.query.ts';
import { sumHeldByPayer } from './sum-held-by-payer.query.ts';

let scene: ErrandScene;
beforeAll(async () => {
  scene = await makeErrandScene();
});
afterAll(() => scene.database.drop());

const amount = 1_050_000n;
const currency = 'NGN';

describe('an escrow', () => {
  test('is seen by its payer and its payee', async () => {
    const { core, ada, bayo } = scene;
    const { errandId, escrowId } = await errandIn(scene, 'accepted');
    const escrow = {
      escrowId,
      state: 'held',
      currency,
      amountMinor: amount,
      payer: { userId: ada.userId, handle: 'demo_ada', displayName: 'Demo demo_ada' },
      payee: { userId: bayo.userId, handle: 'demo_bayo', displayName: 'Demo demo_bayo' },
      cause: { type: 'errand', id: errandId },
      endedAt: null,
    };
    expect(await getEscrow(core, ada.call(), { escrowId })).toMatchObject(escrow);
    expect(await getEscrow(core, bayo.call(), { escrowId })).toMatchObject(escrow);
  });
  test('is to a stranger what a random id is', async () => {
    const { core, ada, bayo, chidi } = scene;
    const { escrowId } = await errandIn(scene, 'posted');
    const random = await refusalOf(getEscrow(core, chidi.call(), { escrowId: ada.userId }));
    expect(random).toMatchObject({ code: 'OBJECT_NOT_FOUND' });
    for (const person of [bayo, chidi]) {
      expect(await refusalOf(getEscrow(core, person.call(), { escrowId }))).toEqual(random);
    }
  });
});

test('what a payer has in escrows is the sum of the open ones, by currency', async () => {
  const { core, database } = scene;
  const dele = await makeTestUser(core, 'demo_dele', ['sender']);
  await fundWallet(core, dele.userId, 10_000_000n);
  expect(await sumHeldByPayer(database.db, dele.userId)).toEqual(new Map());
  const own = { ...scene, ada: dele };
  await errandIn(own, 'posted');
  await errandIn(own, 'started');
  await errandIn(own, 'cancelled');
  await errandIn(own, 'confirmed');
  expect(await sumHeldByPayer(database.db, dele.userId)).toEqual(new Map([[currency, 2n * amount]]));
});

describe('of several ends at once one happens', () => {
  interface End {
    escrowId: string;
    end: 'release' | 'refund' | 'split';
  }
  /** The end of an escrow alone: what another module's command does with it. */
  const endEscrow = command('test.endEscrow', async (tx, { escrowId, end }: End, context) => {
    const given = { escrowId, by: 'payer' } as const;
    const parts = { payeeMinor: 925_000n, payerMinor: 80_000n };
    const ends = {
      release: () => releaseEscrow(tx, context, { ...given, ...parts }),
      refund: () => refundEscrow(tx, context, given),
      split: () => splitEscrow(tx, context, { ...given, payeeMinor: 225_000n }),
    };
    return { result: end, ...(await ends[end]()) };
  });

  test.each([
    ['release', 'refund'],
    ['release', 'release'],
    ['split', 'refund'],
    ['release', 'split'],
  ] as const)('%s and %s, ten of each', async (one, other) => {
    const { core, ada, database } = scene;
    const { escrowId } = await errandIn(scene, 'completed');
    const ends = Array.from({ length: 20 }, (_, index) => (index % 2 === 0 ? one : other));
    const outcomes = await Promise.allSettled(
      ends.map((end) => endEscrow(core, ada.call(), { escrowId, end })),
    );
    const [happened, ...more] = outcomes.flatMap((outcome) =>
      outcome.status === 'fulfilled' ? [outcome.value] : [],
    );
    expect(more).toEqual([]);
    const escrow = await getEscrow(core, ada.call(), { escrowId });
    expect(escrow.state).toBe(
      { release: 'released', refund: 'refunded', split: 'split', none: '' }[happened ?? 'none'],
    );
    const reasons = outcomes.flatMap((outcome) => (outcome.status === 'rejected' ? [outcome.reason] : []));
    for (const reason of reasons) expect(reason).toMatchObject({ refusal: { code: 'TRANSITION_REFUSED' } });
    expect(await readBalances(database.db, [{ purpose: 'held', ownerId: escrowId, currency }])).toEqual([0n]);
    const own = (await checkAllInvariants(database.db)).filter(
      ({ invariant }) => !invariant.startsWith('errand_'),
    );
    expect(own).toEqual([]);
  });
});

describe('the invariants', () => {
  let spoiled: ErrandScene;
  beforeAll(async () => {
    spoiled = await makeErrandScene();
  });
  afterEach(async () => {
    await spoiled.database.drop();
    spoiled = await makeErrandScene();
  });
  afterAll(() => spoiled.database.drop());
  const broken = async () =>
    [
      ...new Set((await checkAllInvariants(spoiled.database.db)).map(({ invariant }) => invariant)),
    ].toSorted();

  test('hold to begin with, and their names differ', async () => {
    await errandIn(spoiled, 'confirmed');
    await errandIn(spoiled, 'accepted');
    expect(await broken()).toEqual([]);
    expect(new Set(escrowInvariants.map(({ name }) => name)).size).toBe(escrowInvariants.length);
  });
  test('name an escrow that was ended without its money', async () => {
    const { escrowId } = await errandIn(spoiled, 'accepted');
    await spoiled.database.db
      .updateTable('escrows')
      .set({ state: 'refunded', ended_at: new Date() })
      .where('id', '=', escrowId)
      .execute();
    expect(await broken()).toEqual([
      'errand_and_escrow_end_together',
      'held_money_equals_open_escrows',
      'held_money_sums_to_open_escrows',
    ]);
  });
  test('name an errand whose runner is not its escrow’s payee', async () => {
    const { errandId } = await errandIn(spoiled, 'accepted');
    await spoiled.database.db
      .updateTable('errands')
      .set({ runner_id: spoiled.chidi.userId })
      .where('id', '=', errandId)
      .execute();
    expect(await broken()).toEqual(['errand_and_escrow_agree']);
  });
});

test('nobody changes what an escrow was opened with', async () => {
  const { database } = scene;
  const { escrowId } = await errandIn(scene, 'posted');
  const raise = database.db
    .updateTable('escrows')
    .set({ amount_minor: 1n })
    .where('id', '=', escrowId)
    .execute();
  await expect(raise).rejects.toMatchObject({ code: '42501' });
  const remove = database.db.deleteFrom('escrows').where('id', '=', escrowId).execute();
  await expect(remove).rejects.toMatchObject({ code: '42501' });
});
