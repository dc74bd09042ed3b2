import { describe, expect, test } from 'vitest';
import { inTransaction } from '../transaction.ts';
import type { AccountName } from './account-id.ts';
import { post } from './post.ts';
import { readBalances } from './read-balances.ts';
import { readBalancesAt } from './read-balances-at.ts';
import { sampleAccount, sampleSet, sampleSource } from './testing/sample-sets.ts';
import { posted, useLedger } from './testing/use-ledger.ts';
import { trialBalanceAt } from './trial-balance.ts';

const ledger = useLedger();

const start = Date.parse('2026-04-01T00:00:00.000Z');
const at = (milliseconds: number) => new Date(start + milliseconds);
const move = (debit: AccountName, credit: AccountName, amountMinor: bigint, milliseconds: number) =>
  ledger.postOne(sampleSet([[debit, credit, amountMinor]], { postedAt: at(milliseconds) }));
const balancesAt = (names: AccountName[], milliseconds: number) =>
  readBalancesAt(ledger.database.db, names, at(milliseconds));

/** The sums of the trial balance at an instant, by currency. */
async function sumsAt(milliseconds: number): Promise<bigint[]> {
  const sums = new Map<string, bigint>();
  for (const { currency, totalMinor } of await trialBalanceAt(ledger.database.db, at(milliseconds))) {
    sums.set(currency, (sums.get(currency) ?? 0n) + totalMinor);
  }
  return [...sums.values()];
}

describe('a balance as of an instant', () => {
  test('has what was posted at the instant, and nothing of a millisecond later', async () => {
    const [account, fees] = [sampleAccount('available', 'GHS'), sampleAccount('fees', 'GHS')];
    await move(sampleSource('GHS'), account, 500n, 100);
    await move(account, fees, 120n, 200);
    const names = [account, fees, sampleAccount()];
    expect(await balancesAt(names, 99)).toEqual([0n, 0n, 0n]);
    expect(await balancesAt(names, 100)).toEqual([500n, 0n, 0n]);
    expect(await balancesAt(names, 199)).toEqual([500n, 0n, 0n]);
    expect(await balancesAt(names, 200)).toEqual([380n, 120n, 0n]);
    expect(await balancesAt(names, 86_400_000)).toEqual(await readBalances(ledger.database.db, names));
  });

  test('goes by the times of the commands where accounts were locked in another order', async () => {
    const account = sampleAccount();
    await move(sampleSource(), account, 1_000n, 0);
    await move(account, sampleAccount(), 300n, 20);
    await move(account, sampleAccount(), 50n, 10);
    expect(await balancesAt([account], 9)).toEqual([1_000n]);
    expect(await balancesAt([account], 10)).toEqual([950n]);
    expect(await balancesAt([account], 19)).toEqual([950n]);
    expect(await balancesAt([account], 20)).toEqual([650n]);
  });

  test('gets what began before it and is committed later, on both sides at once', async () => {
    const [account, payee] = [sampleAccount('available', 'KES'), sampleAccount('available', 'KES')];
    await move(sampleSource('KES'), account, 80n, 1_000);
    await inTransaction(ledger.database.db, async (tx) => {
      const late = sampleSet([[account, payee, 30n]], { postedAt: at(1_500) });
      expect(await post(tx, [late])).toEqual([posted]);
      expect(await balancesAt([account, payee], 2_000)).toEqual([80n, 0n]);
      expect(await sumsAt(2_000)).toEqual((await sumsAt(2_000)).map(() => 0n));
    });
    expect(await balancesAt([account, payee], 2_000)).toEqual([50n, 30n]);
    expect(await balancesAt([account, payee], 1_499)).toEqual([80n, 0n]);
  });

  test('sums to zero over all accounts at every instant, each kind as its accounts do', async () => {
    const people = Array.from({ length: 6 }, () => sampleAccount('available', 'USD'));
    const all = [...people, sampleAccount('fees', 'USD'), sampleSource('USD')];
    for (const [index, person] of people.entries()) {
      await move(sampleSource('USD'), person, 1_000n, 3_000 + index);
    }
    for (let index = 0; index < 40; index += 1) {
      const debit = people[index % 6] as AccountName;
      const credit = all[(index * 5 + 2) % 7] as AccountName;
      if (debit !== credit) await move(debit, credit, BigInt(index + 1), 3_010 + ((index * 17) % 40));
    }
    const totals: bigint[] = [];
    for (let milliseconds = 2_999; milliseconds <= 3_051; milliseconds += 1) {
      const balances = await balancesAt(all, milliseconds);
      expect(balances.reduce((sum, balance) => sum + balance, 0n)).toBe(0n);
      expect(await sumsAt(milliseconds)).toEqual(expect.arrayContaining([0n]));
      for (const sum of await sumsAt(milliseconds)) expect(sum).toBe(0n);
      const lines = await trialBalanceAt(ledger.database.db, at(milliseconds));
      const available = lines.find((line) => line.currency === 'USD' && line.purpose === 'available');
      expect(available?.totalMinor).toBe(balances.slice(0, 6).reduce((sum, balance) => sum + balance, 0n));
      totals.push(available?.totalMinor ?? 0n);
    }
    expect(totals[0]).toBe(0n);
    expect(new Set(totals).size).toBeGreaterThan(10);
  });
});
