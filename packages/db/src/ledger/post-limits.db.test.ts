import { randomUUID } from 'node:crypto';
import { sql } from 'kysely';
import { describe, expect, test } from 'vitest';
import { inTransaction } from '../transaction.ts';
import { post } from './post.ts';
import { sampleAccount, sampleReversal, sampleSet, sampleSource } from './testing/sample-sets.ts';
import { posted, replayed, useLedger } from './testing/use-ledger.ts';
import type { LimitCount, SetAnswer } from './transfer-set.ts';

const ledger = useLedger();
const { postOne, balanceOf, funded } = ledger;
const postedAt = new Date('2026-03-01T09:00:00.000Z');
const count = (ownerId: string, amountMinor: bigint, ceilingMinor: bigint): LimitCount => ({
  limit: 'sample.daily',
  ownerId,
  currency: 'NGN',
  amountMinor,
  ceilingMinor,
});
const counting = (counts: LimitCount[], at = postedAt) =>
  sampleSet([[sampleSource(), sampleAccount(), 1n]], { counts, postedAt: at });
const usedBy = async (ownerId: string) => {
  const rows = await ledger.database.db
    .selectFrom('limit_counters')
    .select(['limit_name', 'day', 'used_minor'])
    .where('owner_id', '=', ownerId)
    .where('used_minor', '>', 0n)
    .orderBy('day')
    .orderBy('limit_name')
    .execute();
  return rows.map(({ limit_name, day, used_minor }) => [limit_name, day, used_minor]);
};
const outcomes = (answers: (SetAnswer | undefined)[]) =>
  answers.map((answer) => (answer?.outcome === 'refused' ? answer.rule : answer?.outcome)).toSorted();
const times = <T>(number: number, make: (index: number) => T) =>
  Array.from({ length: number }, (_, index) => make(index));

describe('a limit of the day', () => {
  test('is used up to its ceiling, and what would exceed it is refused with the numbers', async () => {
    const owner = randomUUID();
    expect(await postOne(counting([count(owner, 60n, 100n)]))).toEqual(posted);
    expect(await postOne(counting([count(owner, 41n, 100n)]))).toEqual({
      outcome: 'refused',
      rule: 'limit_exceeded',
      exceeded: {
        limit: 'sample.daily',
        ownerId: owner,
        currency: 'NGN',
        usedMinor: 60n,
        ceilingMinor: 100n,
        askedMinor: 41n,
        resetsAt: new Date('2026-03-01T23:00:00.000Z'),
      },
    });
    expect(await postOne(counting([count(owner, 40n, 100n)]))).toEqual(posted);
    expect(await usedBy(owner)).toEqual([['sample.daily', '2026-03-01', 100n]]);
  });

  test('is not used by a set that is refused, nor by one that is posted again', async () => {
    const [owner, payer, payee] = [randomUUID(), await funded(10n), sampleAccount()];
    const counts = [count(owner, 30n, 100n)];
    const dear = sampleSet([[payer, payee, 11n]], { counts });
    expect(await postOne(dear)).toMatchObject({ rule: 'balance_below_zero' });
    expect(await usedBy(owner)).toEqual([]);
    const set = sampleSet([[payer, payee, 10n]], { counts });
    expect(await post(ledger.database.db, [set, set])).toEqual([posted, replayed]);
    expect(await postOne(set)).toEqual(replayed);
    const later = { ...set, counts: [count(owner, 1n, 0n)], postedAt: new Date('2026-03-05') };
    expect(await postOne(later)).toEqual(replayed);
    expect(await usedBy(owner)).toEqual([['sample.daily', '2026-03-01', 30n]]);
  });

  test('refuses the money too, and of several limits none is touched where one would be exceeded', async () => {
    const [owner, other, payer] = [randomUUID(), randomUUID(), await funded(10n)];
    const payee = sampleAccount();
    const set = sampleSet([[payer, payee, 10n]], { counts: [count(owner, 5n, 9n), count(other, 5n, 4n)] });
    expect(await postOne(set)).toMatchObject({ rule: 'limit_exceeded', exceeded: { ownerId: other } });
    expect([await usedBy(owner), await usedBy(other)]).toEqual([[], []]);
    expect([await balanceOf(payer), await balanceOf(payee)]).toEqual([10n, 0n]);
    const both = { ...set, counts: [count(owner, 5n, 4n), count(other, 5n, 4n)] };
    expect(await postOne(both)).toMatchObject({ exceeded: { ownerId: owner } });
  });

  test('is shared by the sets of one call, each by its own ceiling', async () => {
    const owner = randomUUID();
    const sets = [
      [40n, 100n],
      [70n, 100n],
      [60n, 100n],
      [5n, 50n],
      [5n, 105n],
    ] as const;
    const answers = await post(
      ledger.database.db,
      sets.map(([amountMinor, ceilingMinor]) => counting([count(owner, amountMinor, ceilingMinor)])),
    );
    const refused = (usedMinor: bigint) => ({ rule: 'limit_exceeded', exceeded: { usedMinor } });
    expect(answers).toMatchObject([posted, refused(40n), posted, refused(100n), posted]);
    expect(await usedBy(owner)).toEqual([['sample.daily', '2026-03-01', 105n]]);
  });

  test('begins anew at midnight in Lagos', async () => {
    const owner = randomUUID();
    const [before, after] = [new Date('2026-03-01T22:59:59.999Z'), new Date('2026-03-01T23:00:00.000Z')];
    const sets = [before, after, before, after].map((at) => counting([count(owner, 100n, 100n)], at));
    const exceededUntil = (resetsAt: string) => ({ exceeded: { resetsAt: new Date(resetsAt) } });
    expect(await post(ledger.database.db, sets)).toMatchObject([
      posted,
      posted,
      exceededUntil('2026-03-01T23:00:00.000Z'),
      exceededUntil('2026-03-02T23:00:00.000Z'),
    ]);
    expect(await usedBy(owner)).toEqual([
      ['sample.daily', '2026-03-01', 100n],
      ['sample.daily', '2026-03-02', 100n],
    ]);
  });

  test('is not given back by a reversal, which may count itself', async () => {
    const owner = randomUUID();
    const set = counting([count(owner, 60n, 100n)]);
    await postOne(set);
    expect(await postOne(sampleReversal(set, { counts: [count(owner, 10n, 100n)] }))).toEqual(posted);
    expect(await usedBy(owner)).toEqual([['sample.daily', '2026-03-01', 70n]]);
  });

  test.each([
    ['nothing', [count('sample', 0n, 5n)]],
    ['less than nothing', [count('sample', -1n, 5n)]],
    ['more than an amount may be', [count('sample', 2n ** 53n, 5n)]],
    ['against a ceiling below zero', [count('sample', 1n, -1n)]],
    ['twice against the same', [count('sample', 1n, 5n), count('sample', 1n, 5n)]],
  ])('is not one where a set counts %s', async (_, counts) => {
    await expect(postOne(counting(counts))).rejects.toThrow(TypeError);
  });
});

describe('callers at once', () => {
  test('of two hundred pass exactly as many as the limit has room for', async () => {
    const owner = randomUUID();
    const answers = await Promise.all(times(200, () => postOne(counting([count(owner, 7n, 100n)]))));
    expect(outcomes(answers)).toEqual([...Array(186).fill('limit_exceeded'), ...Array(14).fill('posted')]);
    expect(await usedBy(owner)).toEqual([['sample.daily', '2026-03-01', 98n]]);
  });

  test('across midnight in Lagos pass as many as each day has room for', async () => {
    const owner = randomUUID();
    const [before, after] = [new Date('2026-03-01T22:59:59.999Z'), new Date('2026-03-01T23:00:00.000Z')];
    const sets = times(100, (index) => counting([count(owner, 10n, 50n)], index % 2 ? before : after));
    expect(outcomes(await Promise.all(sets.map(postOne)))).toEqual([
      ...Array(90).fill('limit_exceeded'),
      ...Array(10).fill('posted'),
    ]);
    expect(await usedBy(owner)).toEqual([
      ['sample.daily', '2026-03-01', 50n],
      ['sample.daily', '2026-03-02', 50n],
    ]);
  });

  test('with two limits in opposite order do not deadlock', async () => {
    const [first, second] = [randomUUID(), randomUUID()];
    for (const owners of times(5, () => [randomUUID(), randomUUID()]).concat([[first, second]])) {
      const counts = owners.map((owner) => count(owner, 1n, 60n));
      const sets = times(80, (index) => counting(index % 2 ? counts : counts.toReversed()));
      expect(outcomes(await Promise.all(sets.map(postOne)))).toEqual([
        ...Array(20).fill('limit_exceeded'),
        ...Array(60).fill('posted'),
      ]);
    }
    expect([await usedBy(first), await usedBy(second)]).toEqual(
      Array(2).fill([['sample.daily', '2026-03-01', 60n]]),
    );
  });

  test('with the same set count it once', async () => {
    const owner = randomUUID();
    const [fees, suspense] = [sampleAccount('provider_fees', 'EUR'), sampleAccount('suspense', 'EUR')];
    const set = sampleSet([[fees, suspense, 3n]], { counts: [count(owner, 9n, 100n)] });
    const answers = await Promise.all(times(40, () => postOne(set)));
    expect(outcomes(answers)).toEqual(['posted', ...Array(39).fill('replayed')]);
    expect(await usedBy(owner)).toEqual([['sample.daily', '2026-03-01', 9n]]);
  });
});

test('who waited for another with the same provider reference has counted nothing', async () => {
  const [first, second] = [randomUUID(), randomUUID()];
  const providerReference = `paystack:transfer:${randomUUID()}:fee`;
  const [fees, suspense] = [sampleAccount('provider_fees', 'EUR'), sampleAccount('suspense', 'EUR')];
  const setOf = (owner: string) =>
    sampleSet([[fees, suspense, 3n]], { providerReference, counts: [count(owner, 9n, 100n)] });
  await postOne(sampleSet([[fees, suspense, 3n]]));
  const { waiting } = await inTransaction(ledger.database.db, async (tx) => {
    expect(await post(tx, [setOf(first)])).toEqual([posted]);
    const waiting = Promise.allSettled([postOne(setOf(second))]);
    const blocked = sql<{ found: boolean }>`select exists (select from pg_locks where not granted and pid in
      (select pid from pg_stat_activity where datname = current_database())) as found`;
    while (!(await blocked.execute(ledger.database.owner)).rows[0]?.found)
      await new Promise((next) => setTimeout(next, 10));
    return { waiting };
  });
  expect(await waiting).toMatchObject([{ status: 'rejected', reason: { code: '40001' } }]);
  expect(await postOne(setOf(second))).toMatchObject({ rule: 'provider_reference_used' });
  expect([await usedBy(first), await usedBy(second)]).toEqual([[['sample.daily', '2026-03-01', 9n]], []]);
});

test.each([
  ['2026-02-28T22:59:59.999Z', '2026-02-28', '2026-02-28T23:00:00.000Z'],
  ['2026-02-28T23:00:00.000Z', '2026-03-01', '2026-03-01T23:00:00.000Z'],
  ['2026-12-31T23:00:00.000Z', '2027-01-01', '2027-01-01T23:00:00.000Z'],
])('%s is on %s in Lagos, by whatever zone the session has', async (at, day, endsAt) => {
  await ledger.database.db.connection().execute(async (connection) => {
    await sql`set time zone 'America/New_York'`.execute(connection);
    const { rows } = await sql`select day, lagos_day_ends_at(day) as ends_at,
      (${at}::timestamptz at time zone 'Africa/Lagos')::date as expected
      from lagos_day(${at}) day`.execute(connection);
    expect(rows).toEqual([{ day, ends_at: new Date(endsAt), expected: day }]);
    await sql`reset time zone`.execute(connection);
  });
});
