import { v7 } from 'uuid';
import { beforeAll, describe, expect, test } from 'vitest';
import type { AccountName } from './account-id.ts';
import { post } from './post.ts';
import { readBalances } from './read-balances.ts';
import { sampleAccount, sampleReversal, sampleSet, sampleSource } from './testing/sample-sets.ts';
import { posted, useLedger } from './testing/use-ledger.ts';
import { type SetRule, setRules, type TransferSet } from './transfer-set.ts';
import { trialBalance } from './trial-balance.ts';

const ledger = useLedger();
const { postOne, balanceOf, funded } = ledger;
const amountMinorMax = 2n ** 53n - 1n;

describe('refusals', () => {
  const poor = sampleAccount();
  const other = sampleAccount();
  const usedSet = sampleSet([[sampleSource(), sampleAccount(), 1n]]);
  const usedReference = sampleSet([[sampleSource(), sampleAccount(), 1n]], {
    providerReference: 'paystack:charge:T1:credit',
  });
  const usedReversal = sampleReversal(usedReference);
  const many = Array.from({ length: 1_001 }, () => [poor, poor, 0n] as const);
  const dollar = { ...other, currency: 'USD' };
  const usedTransfer = usedSet.transfers[0]?.id ?? '';
  const repeated = v7();
  const leg = (id: string, debit: AccountName, credit: AccountName, amountMinor: bigint) => ({
    id,
    debit,
    credit,
    amountMinor,
  });
  const pair = sampleSet([
    [sampleSource(), sampleAccount(), 1n],
    [sampleSource(), sampleAccount(), 2n],
  ]);
  const ofPair = { reverses: pair.transfers[0]?.id ?? '' };
  const apart = [sampleAccount('adjustments'), sampleAccount('suspense')] as const;
  /** Pairs whose legs differ in one thing only. */
  const pairs = [
    sampleSet(apart.map((debit) => [debit, sampleSource(), 1n])),
    sampleSet(apart.map((credit) => [sampleSource(), credit, 1n])),
    sampleSet([1n, 2n].map((amountMinor) => [sampleSource(), apart[0], amountMinor])),
  ];
  const extra = leg(v7(), poor, other, 1n);
  const [early, late] = [v7(), v7()];
  const counts = [
    { limit: 'sample.daily', ownerId: 'sample', currency: 'NGN', amountMinor: 1n, ceilingMinor: 0n },
  ];
  const collision = { providerReference: 'paystack:charge:T1:credit', reverses: v7(), counts };
  const reversedId = usedReference.transfers[0]?.id ?? '';
  const reversalId = usedReversal.transfers[0]?.id ?? '';

  /** Each set breaks its rule and as many of the later ones as it can at the same time. */
  const table: [rule: SetRule, set: TransferSet][] = [
    ['set_must_have_transfers', sampleSet([], collision)],
    ['too_many_transfers', sampleSet(many, collision)],
    [
      'amount_must_be_positive',
      sampleSet(
        [
          [poor, poor, 2n ** 53n],
          [poor, dollar, 0n],
        ],
        collision,
      ),
    ],
    ['amount_must_be_positive', sampleSet([[poor, poor, -1n]], collision)],
    ['amount_must_be_positive', sampleSet([[poor, dollar, -(10n ** 30n)]], collision)],
    [
      'amount_too_large',
      sampleSet(
        [
          [poor, poor, 1n],
          [poor, dollar, 2n ** 53n],
        ],
        collision,
      ),
    ],
    ['amount_too_large', sampleSet([[poor, dollar, 2n ** 63n]], collision)],
    ['amount_too_large', sampleSet([[poor, poor, 10n ** 30n]], collision)],
    [
      'accounts_must_be_different',
      sampleSet(
        [
          [poor, dollar, 5n],
          [poor, poor, 5n],
        ],
        collision,
      ),
    ],
    [
      'currencies_must_agree',
      sampleSet([], {
        ...collision,
        transfers: [leg(repeated, poor, other, 1n), leg(repeated, poor, dollar, 1n)],
      }),
    ],
    [
      'transfer_ids_must_be_different',
      sampleSet([], {
        ...collision,
        transfers: [leg(late, poor, other, 1n), leg(early, poor, other, 1n), leg(late, other, poor, 1n)],
      }),
    ],
    [
      'transfer_id_reused',
      sampleSet([], {
        ...collision,
        transfers: [leg(usedTransfer, poor, other, 1n)],
      }),
    ],
    [
      'transfer_id_reused',
      sampleSet([], {
        ...collision,
        transfers: [leg(v7(), sampleSource(), poor, 1n), leg(usedTransfer, sampleSource(), poor, 1n)],
      }),
    ],
    ['provider_reference_used', sampleSet([[poor, other, 1n]], collision)],
    ['reversed_set_unknown', sampleSet([[poor, other, 1n]], { reverses: v7() })],
    ['reversed_set_unknown', sampleSet([[poor, other, 1n]], { reverses: pair.transfers[1]?.id ?? '' })],
    ['reversal_must_not_be_reversed', sampleSet([[poor, other, 1n]], { reverses: reversalId })],
    ['reversed_set_already', sampleSet([[poor, other, 1n]], { reverses: reversedId })],
    ['reversal_must_mirror', sampleSet([[poor, other, 1n]], { reverses: usedTransfer })],
    ['reversal_must_mirror', sampleReversal({ ...usedSet, transfers: [...usedSet.transfers, extra] })],
    ...pairs.map((pair): [SetRule, TransferSet] => [
      'reversal_must_mirror',
      sampleReversal(
        { ...pair, transfers: pair.transfers.toReversed() },
        { reverses: pair.transfers[0]?.id ?? '' },
      ),
    ]),
    ['reversal_must_mirror', sampleReversal({ ...pair, transfers: pair.transfers.slice(0, 1) }, ofPair)],
    [
      'balance_below_zero',
      sampleSet(
        [
          [sampleSource(), other, amountMinorMax],
          [sampleSource(), other, 1n],
          [poor, sampleSource(), 1n],
        ],
        { counts },
      ),
    ],
    [
      'balance_too_large',
      sampleSet(
        [
          [sampleSource(), other, amountMinorMax],
          [sampleSource(), other, 1n],
        ],
        { counts },
      ),
    ],
    [
      'balance_too_large',
      sampleSet(
        [
          [sampleSource(), other, amountMinorMax],
          [sampleSource(), other, 1n],
          [other, sampleSource(), amountMinorMax],
        ],
        { counts },
      ),
    ],
    ['limit_exceeded', sampleSet([[sampleSource(), other, 1n]], { counts })],
  ];
  beforeAll(async () => {
    const sets = [usedSet, usedReference, usedReversal, pair, ...pairs];
    expect(await post(ledger.database.db, sets)).toEqual(sets.map(() => posted));
  });

  /** By currency and purpose; where nothing lies, nothing stands. */
  const totals = async (): Promise<Record<string, bigint>> => {
    const lines = await trialBalance(ledger.database.db);
    const told = lines.filter(({ totalMinor }) => totalMinor !== 0n);
    return Object.fromEntries(
      told.map(({ currency, purpose, totalMinor }) => [`${currency} ${purpose}`, totalMinor]),
    );
  };
  const totalsAfter = (before: Record<string, bigint>, moved: Record<string, bigint>) => ({
    ...before,
    ...Object.fromEntries(Object.entries(moved).map(([of, minor]) => [of, (before[of] ?? 0n) + minor])),
  });

  test('every rule has a row', () => {
    expect([...new Set(table.map(([rule]) => rule))]).toEqual([...setRules]);
  });

  test.each(table)('%s (%#)', async (rule, set) => {
    const before = await totals();
    expect(await postOne(set)).toMatchObject({ outcome: 'refused', rule });
    expect(await totals()).toEqual(before);
    const among = [
      sampleSet([[sampleSource(), sampleAccount(), 1n]]),
      set,
      sampleSet([[sampleSource(), sampleAccount(), 1n]]),
    ];
    expect(await post(ledger.database.db, among)).toMatchObject([
      posted,
      { outcome: 'refused', rule },
      posted,
    ]);
    expect(await readBalances(ledger.database.db, [poor, other])).toEqual([0n, 0n]);
    const moved = { 'NGN available': 2n, 'NGN float': -2n };
    expect(await totals()).toEqual(totalsAfter(before, moved));
  });

  test('a refusal by balance says the account, what it has and what was needed', async () => {
    const payer = await funded(700n);
    const needed = sampleSet([
      [payer, sampleAccount(), 500n],
      [payer, sampleAccount('fees'), 300n],
    ]);
    const refusal = {
      outcome: 'refused',
      rule: 'balance_below_zero',
      account: payer,
      balanceMinor: 700n,
      neededMinor: 800n,
    };
    expect(await postOne(needed)).toEqual(refusal);
    const lone = sampleSet([[payer, sampleAccount(), 701n]]);
    expect(await postOne(lone)).toEqual({ ...refusal, neededMinor: 701n });
    expect(await postOne(sampleSet([[payer, sampleSource(), 700n]]))).toEqual(posted);
  });

  test('a guarded balance ends at what an amount on the wire can say', async () => {
    const account = await funded(amountMinorMax);
    expect(await postOne(sampleSet([[sampleSource(), account, 1n]]))).toEqual({
      outcome: 'refused',
      rule: 'balance_too_large',
      account,
      balanceMinor: amountMinorMax,
      neededMinor: 1n,
    });
    expect(await postOne(sampleSet([[account, sampleSource(), amountMinorMax]]))).toEqual(posted);
  });

  test('nor does a balance that a set leaves in between say more than that, either way', async () => {
    const account = await funded(5n);
    const refusal = { outcome: 'refused', rule: 'balance_too_large', account, balanceMinor: 5n };
    const through = [
      [sampleSource(), account, amountMinorMax],
      [account, sampleAccount('suspense'), amountMinorMax],
    ] as const;
    expect(await postOne(sampleSet(through))).toEqual({ ...refusal, neededMinor: amountMinorMax });
    const below = [
      [account, sampleSource(), amountMinorMax],
      [account, sampleSource(), 6n],
      [sampleSource(), account, amountMinorMax],
      [sampleSource(), account, 6n],
    ] as const;
    expect(await postOne(sampleSet(below))).toEqual({ ...refusal, neededMinor: amountMinorMax + 6n });
    expect(await postOne(sampleSet(through.toReversed()))).toEqual(posted);
    expect(await postOne(sampleSet(below.toSpliced(1, 1, [account, sampleSource(), 5n])))).toEqual(posted);
    expect(await balanceOf(account)).toBe(6n);
  });

  test('an unguarded sum may grow beyond a bigint', async () => {
    const [suspense, adjustments] = [sampleAccount('suspense', 'XOF'), sampleAccount('adjustments', 'XOF')];
    const sets = Array.from({ length: 1_100 }, () => sampleSet([[suspense, adjustments, amountMinorMax]]));
    const answers = await post(ledger.database.db, sets);
    expect(answers.every(({ outcome }) => outcome === 'posted')).toBe(true);
    expect(await balanceOf(adjustments)).toBe(1_100n * amountMinorMax);
  });

  test('an account without its owner, or in no currency, is not an account', async () => {
    const nobody: AccountName = { purpose: 'available', ownerId: null, currency: 'NGN' };
    await expect(postOne(sampleSet([[sampleSource(), nobody, 1n]]))).rejects.toThrow(TypeError);
    const strange = { ...sampleAccount(), currency: 'naira' };
    await expect(postOne(sampleSet([[sampleSource('naira'), strange, 1n]]))).rejects.toThrow(TypeError);
  });
});
