import { v7 } from 'uuid';
import { describe, expect, test } from 'vitest';
import { findSet } from './find-set.ts';
import { post } from './post.ts';
import { readBalances } from './read-balances.ts';
import { sampleAccount, sampleReversal, sampleSet, sampleSource } from './testing/sample-sets.ts';
import { posted, replayed, useLedger } from './testing/use-ledger.ts';

const ledger = useLedger();
const { postOne, balanceOf, funded } = ledger;
const refused = (rule: string) => ({ outcome: 'refused', rule });

describe('a reversal', () => {
  test('takes back what a set did, and says which one', async () => {
    const [payer, payee, fees] = [await funded(100n), sampleAccount(), sampleAccount('fees')];
    const feesBefore = (await balanceOf(fees)) ?? 0n;
    const set = sampleSet([
      [payer, payee, 90n],
      [payer, fees, 10n],
    ]);
    const reversal = sampleReversal(set);
    expect(await post(ledger.database.db, [set, reversal])).toEqual([posted, posted]);
    expect(await readBalances(ledger.database.db, [payer, payee, fees])).toEqual([100n, 0n, feesBefore]);
    const row = await ledger.database.db
      .selectFrom('transfer_sets')
      .select(['kind', 'reverses_set_id', 'transfer_ids'])
      .where('id', '=', reversal.transfers[0]?.id ?? '')
      .executeTakeFirstOrThrow();
    expect(row).toEqual({
      kind: 'adjustment.reverse',
      reverses_set_id: set.transfers[0]?.id,
      transfer_ids: reversal.transfers.map(({ id }) => id),
    });
  });

  test('posted again answers replayed, and no other reversal of the set is posted', async () => {
    const payee = sampleAccount();
    const set = sampleSet([[sampleSource(), payee, 5n]]);
    const reversal = sampleReversal(set);
    expect(await postOne(set)).toEqual(posted);
    expect(await postOne(reversal)).toEqual(posted);
    expect(await postOne(reversal)).toEqual(replayed);
    const { reverses: _, ...plain } = reversal;
    expect(await postOne(plain)).toEqual(refused('transfer_id_reused'));
    expect(await postOne(sampleReversal(set))).toEqual(refused('reversed_set_already'));
    expect(await postOne(sampleReversal(reversal))).toEqual(refused('reversal_must_not_be_reversed'));
    expect(await balanceOf(payee)).toBe(0n);
  });

  test('in one call: of a set that was refused nothing is taken back, of one that was posted once', async () => {
    const [payer, payee] = [await funded(10n), sampleAccount()];
    const refusedSet = sampleSet([[payer, payee, 11n]]);
    const set = sampleSet([[payer, payee, 10n]]);
    const reversal = sampleReversal(set, { providerReference: `paystack:transfer:${v7()}:reversed` });
    const sets = [refusedSet, sampleReversal(refusedSet), set, reversal, sampleReversal(set), reversal];
    expect(await post(ledger.database.db, sets)).toMatchObject([
      refused('balance_below_zero'),
      refused('reversed_set_unknown'),
      posted,
      posted,
      refused('reversed_set_already'),
      replayed,
    ]);
    expect(await readBalances(ledger.database.db, [payer, payee])).toEqual([10n, 0n]);
  });

  test('is refused where the money has moved on, and posted when it is back', async () => {
    const [payer, payee, third] = [await funded(10n), sampleAccount(), sampleAccount()];
    const set = sampleSet([[payer, payee, 10n]]);
    const reversal = sampleReversal(set);
    await post(ledger.database.db, [set, sampleSet([[payee, third, 4n]])]);
    expect(await postOne(reversal)).toEqual({
      ...refused('balance_below_zero'),
      account: payee,
      balanceMinor: 6n,
      neededMinor: 10n,
    });
    await postOne(sampleSet([[third, payee, 4n]]));
    expect(await postOne(reversal)).toEqual(posted);
  });

  test.each([
    ['guarded accounts', sampleAccount('available')],
    ['unguarded accounts', sampleAccount('suspense')],
  ])('by twenty at once between %s has one effect', async (_, payee) => {
    const before = (await balanceOf(payee)) ?? 0n;
    const set = sampleSet([
      [sampleSource(), payee, 5n],
      [sampleSource(), payee, 6n],
    ]);
    await post(ledger.database.db, [set, sampleSet([[sampleSource(), payee, 100n]])]);
    const answers = await Promise.all(Array.from({ length: 20 }, () => postOne(sampleReversal(set))));
    const rules = answers.map((answer) => (answer?.outcome === 'refused' ? answer.rule : answer?.outcome));
    expect(rules.toSorted()).toEqual(['posted', ...Array(19).fill('reversed_set_already')]);
    expect(await balanceOf(payee)).toBe(before + 100n);
  });
});

test('a set is found by its id with its transfers in their order, and by no other id', async () => {
  const payer = await funded(9n);
  const set = sampleSet([
    [payer, sampleAccount(), 4n],
    [payer, sampleAccount('fees'), 5n],
  ]);
  const { kind, cause, transfers } = set;
  expect(await findSet(ledger.database.db, transfers[0]?.id ?? '')).toBeNull();
  await postOne(set);
  expect(await findSet(ledger.database.db, transfers[0]?.id ?? '')).toEqual({ kind, cause, transfers });
  expect(await findSet(ledger.database.db, transfers[1]?.id ?? '')).toBeNull();
});
