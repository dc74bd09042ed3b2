import { sql } from 'kysely';
import { describe, expect, test } from 'vitest';
import { inTransaction } from '../transaction.ts';
import type { AccountName } from './account-id.ts';
import { listTransfers } from './list-transfers.ts';
import { post } from './post.ts';
import { readBalances } from './read-balances.ts';
import { sampleAccount, sampleSet, sampleSource } from './testing/sample-sets.ts';
import { posted, replayed, useLedger } from './testing/use-ledger.ts';
import { trialBalance } from './trial-balance.ts';

const ledger = useLedger();
const { postOne, balanceOf, funded } = ledger;

describe('posting', () => {
  test('a transfer takes from one account and gives to the other', async () => {
    const [payer, payee] = [await funded(5_000n), sampleAccount()];
    expect(await postOne(sampleSet([[payer, payee, 1_200n]]))).toEqual(posted);
    expect(await readBalances(ledger.database.db, [payer, payee, sampleAccount()])).toEqual([
      3_800n,
      1_200n,
      0n,
    ]);
  });

  test('an unguarded account may go below zero and is summed', async () => {
    const fees = { ...sampleAccount('fees'), currency: 'GHS' };
    const other = { ...sampleAccount('adjustments'), currency: 'GHS' };
    expect(await postOne(sampleSet([[other, fees, 7n]]))).toEqual(posted);
    expect(await postOne(sampleSet([[fees, other, 10n]]))).toEqual(posted);
    expect(await readBalances(ledger.database.db, [fees, other])).toEqual([-3n, 3n]);
  });

  test('a set with several transfers is posted whole', async () => {
    const [held, runner, sender] = [sampleAccount('held'), sampleAccount(), sampleAccount()];
    await postOne(sampleSet([[sampleSource(), held, 10_500n]]));
    const fees = sampleAccount('fees');
    const before = (await balanceOf(fees)) ?? 0n;
    const release = sampleSet([
      [held, runner, 9_250n],
      [held, fees, 450n],
      [held, sender, 800n],
    ]);
    expect(await postOne(release)).toEqual(posted);
    expect(await readBalances(ledger.database.db, [held, runner, sender, fees])).toEqual([
      0n,
      9_250n,
      800n,
      before + 450n,
    ]);
  });

  test('what counts is the net effect of a set on an account, not the order of its transfers', async () => {
    const [middle, end] = [sampleAccount(), sampleAccount()];
    const set = sampleSet([
      [middle, end, 300n],
      [sampleSource(), middle, 300n],
    ]);
    expect(await postOne(set)).toEqual(posted);
    expect(await readBalances(ledger.database.db, [middle, end])).toEqual([0n, 300n]);
  });

  test('sets of one call see each other in order, and a refused one leaves the others', async () => {
    const [first, second, third] = [sampleAccount(), sampleAccount(), sampleAccount()];
    const sets = [
      sampleSet([[first, second, 50n]]),
      sampleSet([[sampleSource(), first, 100n]]),
      sampleSet([[first, second, 60n]]),
      sampleSet([[first, second, 41n]]),
      sampleSet([[second, third, 60n]]),
    ];
    expect(await post(ledger.database.db, sets)).toEqual([
      { outcome: 'refused', rule: 'balance_below_zero', account: first, balanceMinor: 0n, neededMinor: 50n },
      posted,
      posted,
      { outcome: 'refused', rule: 'balance_below_zero', account: first, balanceMinor: 40n, neededMinor: 41n },
      posted,
    ]);
    expect(await readBalances(ledger.database.db, [first, second, third])).toEqual([40n, 0n, 60n]);
  });

  test('no sets are no work', async () => {
    expect(await post(ledger.database.db, [])).toEqual([]);
  });

  test('one call posts a thousand sets over several currencies', async () => {
    const accounts = Array.from({ length: 50 }, (_, index) =>
      sampleAccount('available', index % 2 ? 'NGN' : 'USD'),
    );
    const sets = Array.from({ length: 1_000 }, (_, index) => {
      const account = accounts[index % 50] as AccountName;
      return sampleSet([[sampleSource(account.currency), account, 3n]]);
    });
    const answers = await post(ledger.database.db, sets);
    expect(answers.every(({ outcome }) => outcome === 'posted')).toBe(true);
    expect(await readBalances(ledger.database.db, accounts)).toEqual(accounts.map(() => 60n));
  });

  test('a transaction that rolls back posts nothing', async () => {
    const account = sampleAccount();
    const work = inTransaction(ledger.database.db, async (tx) => {
      await post(tx, [sampleSet([[sampleSource(), account, 10n]])]);
      throw new Error('changed my mind');
    });
    await expect(work).rejects.toThrow('changed my mind');
    expect(await balanceOf(account)).toBe(0n);
  });

  test('texts come back as they were given', async () => {
    const account = sampleAccount();
    const set = sampleSet([[sampleSource(), account, 10n]], {
      cause: { type: 'odd', id: 'a "quoted", {braced} \\ back\nline ₦ NULL' },
    });
    const other = sampleSet([[sampleSource(), account, 10n]], { cause: { type: 'NULL', id: '' } });
    expect(await post(ledger.database.db, [set, other])).toEqual([posted, posted]);
    const { transfers } = await listTransfers(ledger.database.db, { account, limit: 10 });
    expect(transfers.map(({ cause }) => cause)).toEqual([other.cause, set.cause]);
    expect(await post(ledger.database.db, [set, other])).toEqual([replayed, replayed]);
  });

  test('the trial balance sums to zero in each currency', async () => {
    await postOne(sampleSet([[sampleSource('KES'), sampleAccount('available', 'KES'), 77n]]));
    const lines = await trialBalance(ledger.database.db);
    expect(lines.filter(({ currency }) => currency === 'KES')).toEqual([
      { currency: 'KES', purpose: 'available', totalMinor: 77n },
      { currency: 'KES', purpose: 'float', totalMinor: -77n },
    ]);
    for (const currency of new Set(lines.map((line) => line.currency))) {
      const own = lines.filter((line) => line.currency === currency);
      expect(own.reduce((sum, { totalMinor }) => sum + totalMinor, 0n)).toBe(0n);
    }
  });
});

test('an account that nothing guards is never locked', async () => {
  await postOne(sampleSet([[sampleSource(), sampleAccount('fees'), 1n]]));
  await inTransaction(ledger.database.owner, async (holder) => {
    await sql`select from accounts where not guarded for update`.execute(holder);
    const [account, payee] = [await funded(10n), sampleAccount()];
    const answers = await post(ledger.database.db, [
      sampleSet([
        [account, sampleAccount('fees'), 4n],
        [account, payee, 4n],
      ]),
      sampleSet([[sampleAccount('fees'), sampleSource(), 4n]]),
    ]);
    expect(answers).toEqual([posted, posted]);
  });
});
