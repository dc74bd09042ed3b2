import { type Currency, quoteExchangeIn } from '@errand-dash/contract';
import {
  type AccountName,
  checkInvariants,
  inTransaction,
  readBalances,
  trialBalance,
} from '@errand-dash/db';
import { createTestDatabase, type TestDatabase } from '@errand-dash/db/testing';
import { sql } from 'kysely';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { checkAllInvariants } from '../invariants.ts';
import { defaultPolicy, type ExchangeRate, type Policy } from '../policy.ts';
import { fundWallet } from '../testing/fund-wallet.ts';
import { codesOf, refusalOf } from '../testing/refusal-of.ts';
import {
  createTestCore,
  makeTestUser,
  moveClock,
  type TestCore,
  type TestUser,
} from '../testing/test-core.ts';
import { getBalances, getStatement } from '../wallet/index.ts';
import { exchange } from './exchange.command.ts';
import { exchangeInvariants } from './exchange-invariants.ts';
import { quoteExchange } from './quote-exchange.command.ts';

let database: TestDatabase;
let core: TestCore;
beforeAll(async () => {
  database = await createTestDatabase();
  core = createTestCore(database.db, { policy: policyWith('0.00065') });
});
afterAll(() => database.drop());
afterEach(async () => {
  expect(await checkAllInvariants(database.db)).toEqual([]);
  const sums = new Map<string, bigint>();
  for (const { currency, totalMinor } of await trialBalance(database.db)) {
    sums.set(currency, (sums.get(currency) ?? 0n) + totalMinor);
  }
  expect([...sums.values()].every((sum) => sum === 0n)).toBe(true);
});

function policyWith(rate: string): Pick<Policy, 'openCurrencies' | 'exchange'> {
  const good = { from: new Date(Date.now() - 3_600_000), source: 'demo desk' };
  const rates: ExchangeRate[] = [
    { sold: 'NGN', bought: 'USD', rate, ...good },
    { sold: 'NGN', bought: 'JPY', rate: '0.1', ...good },
    { sold: 'JPY', bought: 'KWD', rate: '0.002', ...good },
  ];
  return {
    openCurrencies: ['NGN', 'USD', 'JPY', 'KWD'],
    exchange: { ...defaultPolicy.exchange, rates, rateAgeMaxSeconds: 30 * 86_400 },
  };
}
const toDollars = { sold: 'NGN', bought: 'USD', sellMinor: 1_010_000n } as const;
let people = 0;
async function person(amountMinor = 20_000_00n): Promise<TestUser> {
  people += 1;
  const user = await makeTestUser(core, `demo_person_${people}`);
  if (amountMinor > 0n) await fundWallet(core, user.userId, amountMinor);
  return user;
}
const availableOf = async ({ userId: ownerId }: TestUser, ...currencies: Currency[]) =>
  readBalances(
    database.db,
    currencies.map((currency): AccountName => ({ purpose: 'available', ownerId, currency })),
  );
const positionOf = (...currencies: Currency[]) =>
  readBalances(
    database.db,
    currencies.map((currency): AccountName => ({ purpose: 'exchange', ownerId: null, currency })),
  );

describe('an exchange', () => {
  test('waits while the account cools, for its fee would leave', async () => {
    const bola = await person();
    const quote = await quoteExchange(core, bola.call(), toDollars);
    const availableFrom = new Date(Date.now() + 86_400_000);
    await database.owner
      .updateTable('users')
      .set({ money_out_from: availableFrom })
      .where('id', '=', bola.userId)
      .execute();
    expect(await refusalOf(exchange(core, bola.call(), { quoteId: quote.id }))).toMatchObject({
      code: 'MONEY_OUT_COOLING',
      details: { availableFrom },
    });
    expect(await availableOf(bola, 'NGN', 'USD')).toEqual([2_000_000n, 0n]);
  });

  test('moves exactly what was quoted, on both sides at once, and is on both statements', async () => {
    const ada = await person();
    const [nairaBefore = 0n, dollarsBefore = 0n] = await positionOf('NGN', 'USD');
    const quote = await quoteExchange(core, ada.call(), toDollars);
    expect(quote).toMatchObject({
      soldMinor: 1_000_000n,
      feeMinor: 10_000n,
      boughtMinor: 650n,
      rate: '0.00065',
    });
    expect(await availableOf(ada, 'NGN', 'USD')).toEqual([2_000_000n, 0n]);
    const done = await exchange(core, ada.call(), { quoteId: quote.id });
    expect(done).toEqual({ ...quote, exchangedAt: expect.any(Date) });
    expect(await availableOf(ada, 'NGN', 'USD')).toEqual([990_000n, 650n]);
    expect(await positionOf('NGN', 'USD')).toEqual([nairaBefore + 1_000_000n, dollarsBefore - 650n]);
    const linesIn = async (currency: Currency) => {
      const asked = { currency, account: { purpose: 'available' }, limit: 10 } as const;
      return (await getStatement(core, ada.call(), asked)).lines.map(
        ({ says, side, amountMinor, counterparty }) => [...[says, side, amountMinor, counterparty?.kind]],
      );
    };
    expect((await linesIn('NGN')).slice(0, 2)).toEqual([
      ['Sold for another currency', 'debit', 10_000n, 'platform'],
      ['Sold for another currency', 'debit', 1_000_000n, 'platform'],
    ]);
    expect(await linesIn('USD')).toEqual([['Bought with another currency', 'credit', 650n, 'platform']]);
  });

  test('goes on from there, between no decimals and three', async () => {
    const ada = await person();
    const yen = await quoteExchange(core, ada.call(), { sold: 'NGN', bought: 'JPY', buyMinor: 1_500n });
    expect(yen).toMatchObject({ soldMinor: 1_500_000n, feeMinor: 15_000n });
    await exchange(core, ada.call(), { quoteId: yen.id });
    const dinars = await quoteExchange(core, ada.call(), { sold: 'JPY', bought: 'KWD', sellMinor: 1_500n });
    expect(dinars).toMatchObject({ soldMinor: 1_486n, feeMinor: 14n, boughtMinor: 2_972n });
    await exchange(core, ada.call(), { quoteId: dinars.id });
    expect(await availableOf(ada, 'NGN', 'JPY', 'KWD')).toEqual([485_000n, 0n, 2_972n]);
    const shown = await getBalances(core, ada.call(), {});
    expect(shown.map(({ currency, availableMinor }) => [currency, availableMinor])).toEqual([
      ['NGN', 485_000n],
      ['USD', 0n],
      ['JPY', 0n],
      ['KWD', 2_972n],
    ]);
  });

  test('is kept with the rate and its time', async () => {
    const ada = await person();
    const { id } = await quoteExchange(core, ada.call(), toDollars);
    await exchange(core, ada.call(), { quoteId: id });
    const row = await database.db
      .selectFrom('exchange_quotes')
      .selectAll()
      .where('id', '=', id)
      .executeTakeFirstOrThrow();
    expect(row).toMatchObject({ rate: '0.00065', rate_source: 'demo desk', rate_from: expect.any(Date) });
    expect(row.exchanged_at?.getTime()).toBeGreaterThanOrEqual(row.quoted_at.getTime());
  });
});

describe('a quote', () => {
  test('wins over the rate that came after it', async () => {
    const ada = await person();
    const quote = await quoteExchange(core, ada.call(), toDollars);
    for (const policy of [
      policyWith('0.00001'),
      { openCurrencies: ['NGN'] as const, exchange: defaultPolicy.exchange },
    ]) {
      const changed = { ...core, policy: { ...core.policy, ...policy } };
      const refused = refusalOf(quoteExchange(changed, ada.call(), { ...toDollars, sellMinor: 100n }));
      expect((await refused).code).toMatch(/AMOUNT_TOO_SMALL|CURRENCY_NOT_OPEN/);
    }
    const changed = { ...core, policy: { ...core.policy, ...policyWith('0.00001') } };
    expect(await exchange(changed, ada.call(), { quoteId: quote.id })).toMatchObject({ boughtMinor: 650n });
    expect(await availableOf(ada, 'USD')).toEqual([650n]);
  });

  test('is asked again under the same key as it was, and refused with another input', async () => {
    const ada = await person();
    const call = ada.call();
    const quote = await quoteExchange(core, call, toDollars);
    expect(await quoteExchange(core, call, toDollars)).toEqual(quote);
    expect(await refusalOf(quoteExchange(core, call, { ...toDollars, sellMinor: 5n }))).toMatchObject({
      code: 'IDEMPOTENCY_KEY_REUSED',
    });
  });

  test('is refused without a session, a key, a rate or an amount that buys something', async () => {
    const ada = await person();
    const nobody = { caller: { kind: 'anonymous' }, idempotencyKey: null, requestId: 'test' } as const;
    expect(await refusalOf(quoteExchange(core, nobody, toDollars))).toMatchObject({
      code: 'SESSION_MISSING',
    });
    const noKey = { ...ada.call(), idempotencyKey: null };
    expect(await refusalOf(quoteExchange(core, noKey, toDollars))).toMatchObject({
      code: 'IDEMPOTENCY_KEY_MISSING',
    });
    const codeOf = async (asked: Parameters<typeof quoteExchange>[2]) =>
      (await refusalOf(quoteExchange(core, ada.call(), asked))).code;
    expect(await codeOf({ sold: 'USD', bought: 'NGN', sellMinor: 100n })).toBe('EXCHANGE_RATE_MISSING');
    expect(await codeOf({ ...toDollars, bought: 'GHS' })).toBe('CURRENCY_NOT_OPEN');
    expect(await codeOf({ ...toDollars, sellMinor: 1n })).toBe('AMOUNT_TOO_SMALL');
    const tooMuch = { sold: 'NGN', bought: 'USD', buyMinor: 9_007_199_254_740_991n } as const;
    expect(await codeOf(tooMuch)).toBe('AMOUNT_TOO_LARGE');
  });

  test.each([
    { sold: 'NGN', bought: 'NGN', sellMinor: 5 },
    { sold: 'NGN', bought: 'USD' },
    { sold: 'NGN', bought: 'USD', sellMinor: 5, buyMinor: 5 },
    { sold: 'NGN', bought: 'USD', sellMinor: 0 },
    { sold: 'NGN', bought: 'USD', sellMinor: 0.5 },
    { sold: 'NGN', bought: 'USD', sellMinor: 5, rate: '9' },
  ])('is not asked for by %j', (asked) => {
    expect(quoteExchangeIn.safeParse(asked).success).toBe(false);
  });
});

describe('accepting', () => {
  test('twice is refused, and the same key answers the same', async () => {
    const ada = await person(40_000_00n);
    const { id: quoteId } = await quoteExchange(core, ada.call(), toDollars);
    const call = ada.call();
    const done = await exchange(core, call, { quoteId });
    expect(await exchange(core, call, { quoteId })).toEqual(done);
    expect(await refusalOf(exchange(core, ada.call(), { quoteId }))).toEqual(
      expect.objectContaining({ code: 'EXCHANGE_QUOTE_USED', details: { exchangedAt: done.exchangedAt } }),
    );
    const other = await quoteExchange(core, ada.call(), toDollars);
    expect(await refusalOf(exchange(core, call, { quoteId: other.id }))).toMatchObject({
      code: 'IDEMPOTENCY_KEY_REUSED',
    });
    expect(await availableOf(ada, 'USD')).toEqual([650n]);
  });

  test('two hundred times at once happens once', async () => {
    const ada = await person(1_000_000_00n);
    const { id: quoteId } = await quoteExchange(core, ada.call(), toDollars);
    const codes = await codesOf(Array.from({ length: 200 }, () => exchange(core, ada.call(), { quoteId })));
    expect(codes.filter((code) => code === null)).toHaveLength(1);
    expect(new Set(codes)).toEqual(new Set([null, 'EXCHANGE_QUOTE_USED']));
    expect(await availableOf(ada, 'USD')).toEqual([650n]);
  });

  test('more quotes than there is money for takes what there is', async () => {
    const ada = await person(30_300_00n);
    const quotes = await Promise.all(
      Array.from({ length: 8 }, () => quoteExchange(core, ada.call(), toDollars)),
    );
    const codes = await codesOf(quotes.map(({ id: quoteId }) => exchange(core, ada.call(), { quoteId })));
    expect(codes.filter((code) => code === null)).toHaveLength(3);
    expect(codes.filter((code) => code === 'FUNDS_INSUFFICIENT')).toHaveLength(5);
    expect(await availableOf(ada, 'NGN', 'USD')).toEqual([0n, 3n * 650n]);
  });

  test('without the money is refused with the numbers, moves neither side, and may be tried again', async () => {
    const ada = await person(10_099_99n);
    const { id: quoteId } = await quoteExchange(core, ada.call(), toDollars);
    expect(await refusalOf(exchange(core, ada.call(), { quoteId }))).toMatchObject({
      code: 'FUNDS_INSUFFICIENT',
      details: { currency: 'NGN', neededMinor: 1_010_000, availableMinor: 1_009_999, missingMinor: 1 },
    });
    expect(await availableOf(ada, 'NGN', 'USD')).toEqual([1_009_999n, 0n]);
    await fundWallet(core, ada.userId, 1n);
    await exchange(core, ada.call(), { quoteId });
    expect(await availableOf(ada, 'NGN', 'USD')).toEqual([0n, 650n]);
  });

  test('another person’s quote is refused as a random one is', async () => {
    const [ada, bayo] = [await person(), await person()];
    const { id: quoteId } = await quoteExchange(core, ada.call(), toDollars);
    const random = await refusalOf(exchange(core, bayo.call(), { quoteId: ada.userId }));
    expect(random).toMatchObject({ code: 'OBJECT_NOT_FOUND' });
    expect(await refusalOf(exchange(core, bayo.call(), { quoteId }))).toEqual(random);
  });

  test('after its time is refused, and the money stays', async () => {
    const ada = await person();
    const { id: quoteId, expiresAt } = await quoteExchange(core, ada.call(), toDollars);
    await moveClock(database.owner, defaultPolicy.exchange.quoteSeconds);
    expect(await refusalOf(exchange(core, ada.call(), { quoteId }))).toEqual(
      expect.objectContaining({ code: 'EXCHANGE_QUOTE_EXPIRED', details: { expiredAt: expiresAt } }),
    );
    expect(await availableOf(ada, 'NGN', 'USD')).toEqual([2_000_000n, 0n]);
  });
});

describe('the tables', () => {
  test('let nobody change what was quoted, or take it away', async () => {
    const ada = await person();
    const { id } = await quoteExchange(core, ada.call(), toDollars);
    const refused = { code: '42501' };
    const cheaper = database.db
      .updateTable('exchange_quotes')
      .set({ sold_minor: 1n })
      .where('id', '=', id)
      .execute();
    await expect(cheaper).rejects.toMatchObject(refused);
    await expect(database.db.deleteFrom('exchange_quotes').execute()).rejects.toMatchObject(refused);
  });

  test('are found out where a quote says that it was exchanged and nothing was posted', async () => {
    const ada = await person();
    const { id, quotedAt } = await quoteExchange(core, ada.call(), toDollars);
    const say = (exchangedAt: Date | null) =>
      database.db
        .updateTable('exchange_quotes')
        .set({ exchanged_at: exchangedAt })
        .where('id', '=', id)
        .execute();
    await say(quotedAt);
    expect(await checkAllInvariants(database.db)).toMatchObject([
      { invariant: 'exchange_is_posted_as_it_was_quoted', row: { quote_id: id } },
    ]);
    await say(null);
  });

  test.each(['debit', 'credit'] as const)('are found out where a stranger had the %s', async (side) => {
    const [ada, stranger] = [await person(), await person()];
    const { id } = await quoteExchange(core, ada.call(), toDollars);
    await exchange(core, ada.call(), { quoteId: id });
    const found = Promise.withResolvers<unknown[]>();
    const undone = inTransaction(database.owner, async (tx) => {
      await sql`alter table transfers disable trigger user`.execute(tx);
      await sql`update transfers set ${sql.id(`${side}_account_id`)} =
          account_id_of('available', ${stranger.userId}, currency)
        where cause_id = ${id} and kind = ${side === 'debit' ? 'exchange.sell' : 'exchange.buy'}`.execute(tx);
      found.resolve(await checkInvariants(tx, exchangeInvariants));
      throw new Error('undone');
    });
    await undone.catch((error: Error) => found.reject(error));
    expect(await found.promise).toMatchObject([{ row: { quote_id: id } }]);
  });
});
