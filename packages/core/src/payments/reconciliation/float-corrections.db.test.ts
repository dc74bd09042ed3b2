import { inTransaction, post, type TransferSet } from '@errand-dash/db';
import { v7 } from 'uuid';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { checkAllInvariants } from '../../invariants.ts';
import { PROVIDER } from '../provider.ts';
import { type BooksWorld, startBooksWorld } from './testing/books-world.ts';

let world: BooksWorld;
beforeEach(async () => {
  world = await startBooksWorld();
});
afterEach(() => world.close());

test('a correction of the float that is taken back is no drift, and nothing else moves the float so', async () => {
  await world.payTopUp();
  await world.live();
  const currency = 'NGN';
  const legs = [
    {
      debit: { purpose: 'float', ownerId: PROVIDER, currency },
      credit: { purpose: 'adjustments', ownerId: null, currency },
    },
  ] as const;
  const setOf = (given: Pick<TransferSet, 'kind' | 'transfers' | 'reverses'>): TransferSet => ({
    ...{ cause: { type: 'test', id: 'test' }, authority: { kind: 'provider', reference: 'demo' } },
    postedAt: new Date(),
    ...given,
  });
  const made = legs.map((leg) => ({ id: v7(), ...leg, amountMinor: 50n }));
  const back = made.map(({ debit, credit }) => ({
    id: v7(),
    debit: credit,
    credit: debit,
    amountMinor: 50n,
  }));
  const correction = setOf({ kind: 'adjustment.post', transfers: made });
  const reversal = setOf({ kind: 'adjustment.reverse', transfers: back, reverses: made[0]?.id ?? '' });
  expect(await post(world.database.db, [correction, reversal])).toEqual([
    { outcome: 'posted' },
    { outcome: 'posted' },
  ]);
  await world.reconcile();
  expect((await world.drifts()).map(({ cause }) => cause)).toEqual([]);
  expect(await checkAllInvariants(world.database.db)).toEqual([]);
  const undone = inTransaction(world.database.db, async (tx) => {
    const again = made.map((leg) => ({ ...leg, id: v7() }));
    const forged = setOf({ kind: 'adjustment.reverse', transfers: again });
    expect(await post(tx, [forged])).toEqual([{ outcome: 'posted' }]);
    expect(await checkAllInvariants(tx)).toMatchObject([
      { invariant: 'float_moves_by_the_providers_word_alone' },
    ]);
    throw new Error('undone');
  });
  await expect(undone).rejects.toThrow('undone');
});
