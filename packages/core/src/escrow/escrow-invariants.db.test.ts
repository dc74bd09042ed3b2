import { inTransaction, post, type TransferSet, type Tx } from '@errand-dash/db';
import { sql } from 'kysely';
import { v7 } from 'uuid';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type ErrandScene, errandIn, makeErrandScene } from '../errands/testing/index.ts';
import { checkAllInvariants } from '../invariants.ts';

let scene: ErrandScene;
beforeAll(async () => {
  scene = await makeErrandScene();
});
afterAll(() => scene.database.drop());

const currency = 'NGN';
const wallet = (ownerId: string) => ({ purpose: 'available', ownerId, currency }) as const;
const held = (ownerId: string) => ({ purpose: 'held', ownerId, currency }) as const;
const fees = { purpose: 'fees', ownerId: null, currency } as const;
type Leg = Omit<TransferSet['transfers'][number], 'id'>;

/** Pays out of an escrow whatever a faulty rule might, and says in the rows that all is well. */
async function pay(
  tx: Tx,
  { errandId, legs, kind }: { errandId: string; legs: Leg[]; kind: TransferSet['kind'] },
) {
  const set: TransferSet = {
    ...{ kind, cause: { type: 'errand', id: errandId }, postedAt: new Date() },
    authority: { kind: 'session', reference: 'faulty rule' },
    transfers: legs.map((leg) => ({ id: v7(), ...leg })),
  };
  expect(await post(tx, [set])).toEqual([{ outcome: 'posted' }]);
}

async function refunded(tx: Tx, escrowId: string): Promise<void> {
  await sql`update escrows set state = 'refunded', ended_at = created_at where id = ${escrowId}`.execute(tx);
  await sql`update errands set state = 'cancelled', ended_at = posted_at where escrow_id = ${escrowId}`.execute(
    tx,
  );
}

/** What is broken after this was done, which is undone then. */
async function brokenAfter(act: (tx: Tx) => Promise<void>, db = scene.database.db): Promise<string[]> {
  const found = Promise.withResolvers<string[]>();
  const undone = inTransaction(db, async (tx) => {
    await act(tx);
    found.resolve([...new Set((await checkAllInvariants(tx)).map(({ invariant }) => invariant))].toSorted());
    throw new Error('undone');
  });
  await undone.catch((error: Error) => found.reject(error));
  return found.promise;
}

const amount = 1_050_000n;

test('an escrow whose money went to a stranger is found, though every sum is right', async () => {
  const { errandId, escrowId } = await errandIn(scene, 'accepted');
  const give = (to: string) =>
    brokenAfter(async (tx) => {
      const legs = [{ debit: held(escrowId), credit: wallet(to), amountMinor: amount }];
      await pay(tx, { errandId, legs, kind: 'escrow.refund' });
      await refunded(tx, escrowId);
    });
  expect(await give(scene.ada.userId)).toEqual([]);
  expect(await give(scene.stranger.userId)).toEqual(['escrow_moves_the_money_of_its_people']);
  expect(await give(scene.bayo.userId)).toEqual(['escrow_moved_what_its_row_says']);
});

test('so is a refund of which the platform kept something', async () => {
  const { errandId, escrowId } = await errandIn(scene, 'accepted');
  const broken = await brokenAfter(async (tx) => {
    const legs = [
      { debit: held(escrowId), credit: wallet(scene.ada.userId), amountMinor: amount - 1n },
      { debit: held(escrowId), credit: fees, amountMinor: 1n },
    ];
    await pay(tx, { errandId, legs, kind: 'escrow.refund' });
    await refunded(tx, escrowId);
  });
  expect(broken).toEqual(['escrow_moved_what_its_row_says']);
});

test('so is a hold of somebody else’s money', async () => {
  const { errandId, escrowId } = await errandIn(scene, 'posted');
  const broken = await brokenAfter(async (tx) => {
    const legs = [
      { debit: held(escrowId), credit: wallet(scene.ada.userId), amountMinor: amount },
      { debit: wallet(scene.ada.userId), credit: wallet(scene.chidi.userId), amountMinor: amount },
    ];
    await pay(tx, { errandId, legs, kind: 'escrow.refund' });
    const again = [{ debit: wallet(scene.chidi.userId), credit: held(escrowId), amountMinor: amount }];
    await pay(tx, { errandId, legs: again, kind: 'escrow.hold' });
  });
  expect(broken).toEqual(['escrow_moved_what_its_row_says', 'escrow_moves_the_money_of_its_people']);
});

test('so are parts of which the row says something else', async () => {
  const { errandId, escrowId } = await errandIn(scene, 'started');
  const { bayo } = scene;
  const part = (kind: TransferSet['kind'], feeMinor: bigint) =>
    brokenAfter(async (tx) => {
      const legs = [
        { debit: held(escrowId), credit: wallet(bayo.userId), amountMinor: 100n },
        { debit: held(escrowId), credit: fees, amountMinor: 10n },
      ];
      await pay(tx, { errandId, legs, kind });
      await sql`update escrows set parts_released_minor = 110, parts_fee_minor = ${feeMinor}
        where id = ${escrowId}`.execute(tx);
    });
  expect(await part('escrow.release_part', 10n)).toEqual([]);
  expect(await part('escrow.release_part', 20n)).toEqual(['escrow_moved_what_its_row_says']);
  expect(await part('escrow.release', 10n)).toEqual(['escrow_moved_what_its_row_says']);
});

test('so is a confirmed errand that paid another sum than was agreed', async () => {
  const { errandId, escrowId } = await errandIn(scene, 'completed');
  const { ada, bayo } = scene;
  const confirm = (moreMinor: bigint) =>
    brokenAfter(async (tx) => {
      const legs = [
        { debit: held(escrowId), credit: wallet(bayo.userId), amountMinor: 925_000n + moreMinor },
        { debit: held(escrowId), credit: wallet(ada.userId), amountMinor: 80_000n - moreMinor },
        { debit: held(escrowId), credit: fees, amountMinor: 45_000n },
      ];
      await pay(tx, { errandId, legs, kind: 'escrow.release' });
      await sql`update escrows set state = 'released', ended_at = created_at where id = ${escrowId}`.execute(
        tx,
      );
      await sql`update errands set state = 'confirmed', ended_at = posted_at, confirms_at = null
        where id = ${errandId}`.execute(tx);
    });
  expect(await confirm(0n)).toEqual([]);
  expect(await confirm(1n)).toEqual(['errand_paid_what_was_agreed']);
  expect(await confirm(-1n)).toEqual(['errand_paid_what_was_agreed']);
});

const nobody = '018f3c5a-0000-7000-8000-000000000001';

test('so is an errand, or an escrow, of somebody who is no user', async () => {
  const { errandId, escrowId } = await errandIn(scene, 'accepted');
  // By the owner, who may change every column.
  const name = (people: { errand: string[]; escrow: string[] }) =>
    brokenAfter(async (tx) => {
      for (const column of people.errand) {
        await sql`update errands set ${sql.id(column)} = ${nobody} where id = ${errandId}`.execute(tx);
      }
      for (const column of people.escrow) {
        await sql`update escrows set ${sql.id(column)} = ${nobody} where id = ${escrowId}`.execute(tx);
      }
    }, scene.database.owner);
  const ofErrand = 'errand_people_are_users';
  const ofEscrow = 'escrow_people_are_users';
  expect(await name({ errand: ['runner_id'], escrow: ['payee_id'] })).toEqual([ofErrand, ofEscrow]);
  expect(await name({ errand: ['sender_id'], escrow: [] })).toEqual(['errand_and_escrow_agree', ofErrand]);
  expect(await name({ errand: [], escrow: ['payer_id'] })).toContain(ofEscrow);
});

test('so is an errand whose escrow does not exist, or is another’s', async () => {
  const [one, other] = [await errandIn(scene, 'posted'), await errandIn(scene, 'posted')];
  const agree = ['errand_and_escrow_agree'];
  const take = (escrowId: string) =>
    brokenAfter(async (tx) => {
      await sql`update errands set escrow_id = ${escrowId} where id = ${one.errandId}`.execute(tx);
    }, scene.database.owner);
  expect(await take(nobody)).toEqual(agree);
  expect(await take(other.escrowId)).toEqual(agree);
});
