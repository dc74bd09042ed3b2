import { v7 } from 'uuid';
import { describe, expect, test } from 'vitest';
import { post } from './post.ts';
import { readBalances } from './read-balances.ts';
import { sampleAccount, sampleSet, sampleSource } from './testing/sample-sets.ts';
import { posted, replayed, useLedger } from './testing/use-ledger.ts';
import type { Transfer, TransferSet } from './transfer-set.ts';

const ledger = useLedger();
const { postOne, balanceOf, funded } = ledger;

describe('the same again', () => {
  test('a set is posted once, and answers replayed even when the money is gone', async () => {
    const [payer, payee] = [await funded(100n), sampleAccount()];
    const set = sampleSet([[payer, payee, 100n]]);
    expect(await postOne(set)).toEqual(posted);
    expect(await postOne(set)).toEqual(replayed);
    expect(await postOne({ ...set, postedAt: new Date('2026-03-02T00:00:00Z') })).toEqual(replayed);
    expect(await post(ledger.database.db, [set, set])).toEqual([replayed, replayed]);
    expect(await readBalances(ledger.database.db, [payer, payee])).toEqual([0n, 100n]);
  });

  test('a set of several transfers with a provider reference is replayed too', async () => {
    const account = sampleAccount();
    const legs = [
      [sampleSource(), account, 5n],
      [sampleAccount('provider_fees'), sampleSource(), 1n],
    ] as const;
    const set = sampleSet(legs, { providerReference: `paystack:charge:${v7()}:credit` });
    expect(await post(ledger.database.db, [set, set])).toEqual([posted, replayed]);
    expect(await postOne(set)).toEqual(replayed);
    const again = sampleSet(legs, { providerReference: set.providerReference ?? '' });
    expect(await postOne(again)).toEqual({ outcome: 'refused', rule: 'provider_reference_used' });
    expect(await balanceOf(account)).toBe(5n);
  });

  test('the same first transfer with other content is refused', async () => {
    const payee = sampleAccount();
    const set = sampleSet([[sampleSource(), payee, 5n]]);
    expect(await postOne(set)).toEqual(posted);
    const [transfer] = set.transfers;
    if (transfer === undefined) throw new Error('a sample has a transfer');
    const others: Partial<TransferSet>[] = [
      { kind: 'top_up.credit' },
      { cause: { ...set.cause, id: 'another' } },
      { cause: { ...set.cause, type: 'another' } },
      { authority: { ...set.authority, reference: 'another' } },
      { authority: { ...set.authority, kind: 'clock' } },
      { authority: { kind: set.authority.kind, reference: set.authority.reference } },
      { providerReference: 'another' },
      { reverses: v7() },
      { transfers: [{ ...transfer, amountMinor: 6n }] },
      { transfers: [{ ...transfer, credit: sampleAccount() }] },
      { transfers: [{ ...transfer, debit: sampleAccount('fees') }] },
      { transfers: [transfer, { ...transfer, id: v7() }] },
      { transfers: [{ ...transfer, id: v7() }, transfer] },
    ];
    for (const change of others) {
      expect(await postOne({ ...set, ...change })).toEqual({
        outcome: 'refused',
        rule: 'transfer_id_reused',
      });
    }
    expect(await balanceOf(payee)).toBe(5n);
  });

  test('a set is known by its first transfer, and no other set may have one of its transfers', async () => {
    const payee = sampleAccount();
    const set = sampleSet([
      [sampleSource(), payee, 5n],
      [sampleSource(), payee, 6n],
      [sampleSource(), payee, 7n],
    ]);
    expect(await postOne(set)).toEqual(posted);
    const [first, second, third] = set.transfers as [Transfer, Transfer, Transfer];
    const another = { ...second, id: v7() };
    for (const transfers of [
      [first, second],
      [first, third, second],
      [first, second, third, another],
      [first, another, third],
      [second, third],
      [second],
      [another, third],
    ]) {
      expect(await postOne({ ...set, transfers })).toEqual({
        outcome: 'refused',
        rule: 'transfer_id_reused',
      });
    }
    expect(await postOne(set)).toEqual(replayed);
    expect(await postOne({ ...set, transfers: [another] })).toEqual(posted);
    expect(await balanceOf(payee)).toBe(24n);
  });

  test('ids repeated within one call meet what the call posted before', async () => {
    const [first, second] = [sampleAccount(), sampleAccount()];
    const set = sampleSet([[sampleSource(), first, 9n]], { providerReference: `paystack:x:${v7()}` });
    const sets = [
      set,
      sampleSet([[first, second, 4n]]),
      set,
      { ...set, transfers: [] },
      sampleSet([[first, second, 1n]], { transfers: set.transfers }),
      sampleSet([[first, second, 1n]], { providerReference: set.providerReference ?? '' }),
      sampleSet([[first, second, 5n]]),
    ];
    expect(await post(ledger.database.db, sets)).toEqual([
      posted,
      posted,
      replayed,
      { outcome: 'refused', rule: 'set_must_have_transfers' },
      { outcome: 'refused', rule: 'transfer_id_reused' },
      { outcome: 'refused', rule: 'provider_reference_used' },
      posted,
    ]);
    expect(await readBalances(ledger.database.db, [first, second])).toEqual([0n, 9n]);
  });

  test('a refused set may be posted later under the same id', async () => {
    const payer = sampleAccount();
    const set = sampleSet([[payer, sampleAccount(), 5n]]);
    expect(await postOne(set)).toMatchObject({ outcome: 'refused' });
    await postOne(sampleSet([[sampleSource(), payer, 5n]]));
    expect(await postOne(set)).toEqual(posted);
  });
});
