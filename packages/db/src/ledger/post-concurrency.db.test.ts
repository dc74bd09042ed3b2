import { sql } from 'kysely';
import { v7 } from 'uuid';
import { expect, test } from 'vitest';
import { inTransaction } from '../transaction.ts';
import type { AccountName } from './account-id.ts';
import { post } from './post.ts';
import { readBalances } from './read-balances.ts';
import { sampleAccount, sampleSet, sampleSource } from './testing/sample-sets.ts';
import { useLedger } from './testing/use-ledger.ts';
import type { SetAnswer } from './transfer-set.ts';

const ledger = useLedger();
const { postOne } = ledger;
const balancesOf = (...accounts: AccountName[]) => readBalances(ledger.database.db, accounts);
const count = (answers: (SetAnswer | undefined)[], outcome: SetAnswer['outcome']) =>
  answers.filter((answer) => answer?.outcome === outcome).length;
const times = <T>(number: number, make: (index: number) => T) =>
  Array.from({ length: number }, (_, index) => make(index));

test.each([
  ['transfers', (from: AccountName, to: AccountName) => sampleSet([[from, to, 100n]])],
  [
    'sets of two',
    (from: AccountName, to: AccountName) =>
      sampleSet([
        [from, to, 90n],
        [from, sampleAccount('fees'), 10n],
      ]),
  ],
])('of two hundred drains at once by %s exactly one wins', async (_, drain) => {
  const [payer, payee] = [sampleAccount(), sampleAccount()];
  await postOne(sampleSet([[sampleSource(), payer, 100n]]));
  const answers = await Promise.all(times(200, () => postOne(drain(payer, payee))));
  expect([count(answers, 'posted'), count(answers, 'refused')]).toEqual([1, 199]);
  expect((await balancesOf(payer))[0]).toBe(0n);
});

test('the same set two hundred times at once has one effect', async () => {
  const payee = sampleAccount();
  const lone = sampleSet([[sampleSource(), payee, 7n]]);
  const pair = sampleSet([
    [sampleSource(), payee, 7n],
    [sampleSource(), payee, 7n],
  ]);
  for (const set of [lone, pair]) {
    const answers = await Promise.all(times(200, () => postOne(set)));
    expect([count(answers, 'posted'), count(answers, 'replayed')]).toEqual([1, 199]);
  }
  expect(await balancesOf(payee)).toEqual([21n]);
});

test('one provider reference a hundred times at once has one effect, even between unguarded accounts', async () => {
  const [fees, suspense] = [sampleAccount('provider_fees', 'EUR'), sampleAccount('suspense', 'EUR')];
  for (const legs of [1, 2]) {
    const providerReference = `paystack:transfer:${v7()}:fee`;
    const sets = times(100, () =>
      sampleSet(
        times(legs, () => [fees, suspense, 3n] as const),
        { providerReference },
      ),
    );
    const answers = await Promise.all(sets.map(postOne));
    expect([count(answers, 'posted'), count(answers, 'refused')]).toEqual([1, 99]);
  }
  expect(await balancesOf(fees, suspense)).toEqual([-9n, 9n]);
});

test('transfers in opposite directions do not deadlock', async () => {
  const [first, second] = [sampleAccount(), sampleAccount()];
  await post(ledger.database.db, [
    sampleSet([[sampleSource(), first, 500n]]),
    sampleSet([[sampleSource(), second, 500n]]),
  ]);
  const answers = await Promise.all(
    times(200, (index) => postOne(sampleSet([index % 2 ? [first, second, 3n] : [second, first, 3n]]))),
  );
  expect(count(answers, 'posted')).toBe(200);
  expect(await balancesOf(first, second)).toEqual([500n, 500n]);
});

test('accounts that nobody used before are opened by many at once without a deadlock', async () => {
  for (let round = 0; round < 10; round += 1) {
    const accounts = times(6, () => sampleAccount());
    const pick = (index: number) => accounts[index % accounts.length] as AccountName;
    const sets = times(60, (index) => {
      const [from, middle, to] = [pick(index * 7 + round), pick(index * 5 + 1), pick(index * 3 + 2)];
      if (index % 3 === 0) return sampleSet([[sampleSource(), to, 1n]]);
      return sampleSet([
        [sampleSource(), from, 1n],
        [sampleSource(), middle, 1n],
        [sampleSource(), to, 1n],
      ]);
    });
    const answers = await Promise.all(sets.map(postOne));
    expect(count(answers, 'posted')).toBe(60);
    expect((await balancesOf(...accounts)).reduce((sum, balance) => sum + balance, 0n)).toBe(140n);
  }
});

test('batches over the same accounts in any order do not deadlock', async () => {
  const accounts = times(8, () => sampleAccount());
  await post(
    ledger.database.db,
    accounts.map((account) => sampleSet([[sampleSource(), account, 1_000n]])),
  );
  const batches = times(40, (batch) =>
    times(20, (index) => {
      const from = accounts[(batch * 3 + index) % 8] as AccountName;
      const to = accounts[(batch * 5 + index * 3 + 1) % 8] as AccountName;
      return sampleSet([from === to ? [sampleSource(), to, 0n] : [from, to, 5n]]);
    }),
  );
  const answers = (await Promise.all(batches.map((sets) => post(ledger.database.db, sets)))).flat();
  expect(answers.length).toBe(800);
  expect((await balancesOf(...accounts)).reduce((sum, balance) => sum + balance, 0n)).toBe(8_000n);
});

test('a post waits for the open transaction that moved the same account, and sees what it did', async () => {
  const [payer, payee] = [sampleAccount(), sampleAccount()];
  await postOne(sampleSet([[sampleSource(), payer, 100n]]));
  const { waiting } = await inTransaction(ledger.database.db, async (tx) => {
    await post(tx, [sampleSet([[payer, payee, 60n]])]);
    const waiting = postOne(sampleSet([[payer, payee, 60n]]));
    const blocked = sql<{ found: boolean }>`select exists (select from pg_locks where not granted and pid in
      (select pid from pg_stat_activity where datname = current_database())) as found`;
    while (!(await blocked.execute(ledger.database.owner)).rows[0]?.found)
      await new Promise((next) => setTimeout(next, 10));
    return { waiting };
  });
  expect(await waiting).toEqual({
    outcome: 'refused',
    rule: 'balance_below_zero',
    account: payer,
    balanceMinor: 40n,
    neededMinor: 60n,
  });
});

test('the same transfer id in two sets at once has one effect, and who comes too late may try again', async () => {
  const [first, second] = [sampleAccount(), sampleAccount()];
  const legs = (payee: AccountName) => sampleSet([[sampleSource(), payee, 5n]]).transfers;
  const id = v7();
  const sets = times(40, (index) =>
    sampleSet([], { transfers: legs(index % 2 ? first : second).map((transfer) => ({ ...transfer, id })) }),
  );
  const results = await Promise.allSettled(sets.map(postOne));
  for (const result of results) {
    if (result.status === 'rejected') expect(result.reason).toMatchObject({ code: '40001' });
  }
  const again = await Promise.all(sets.map(postOne));
  expect([count(again, 'replayed'), count(again, 'refused')]).toEqual([1, 39]);
  expect((await balancesOf(first, second)).reduce((sum, balance) => sum + balance, 0n)).toBe(5n);
});
