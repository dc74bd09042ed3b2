import { createTestDatabase, type TestDatabase } from '@errand-dash/db/testing';
import { sql } from 'kysely';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { checkAllInvariants } from '../invariants.ts';
import { defaultPolicy } from '../policy.ts';
import { fundWallet } from '../testing/fund-wallet.ts';
import { refusalOf } from '../testing/refusal-of.ts';
import { createTestCore, makeTestUser, moveClock, type TestCore } from '../testing/test-core.ts';
import { exchange, pruneQuotes, quoteExchange } from './index.ts';

let database: TestDatabase;
let core: TestCore;

beforeAll(async () => {
  database = await createTestDatabase();
  const from = new Date(Date.now() - 3_600_000);
  const rates = [{ sold: 'NGN', bought: 'USD', rate: '0.00065', from, source: 'demo desk' }] as const;
  core = createTestCore(database.db, {
    policy: {
      openCurrencies: ['NGN', 'USD'],
      exchange: { ...defaultPolicy.exchange, rates, rateAgeMaxSeconds: 30 * 86_400 },
    },
  });
});
afterAll(() => database.drop());

const asked = { sold: 'NGN', bought: 'USD', sellMinor: 1_010_000n } as const;

test('quotes that nobody accepted go a day after their time, so many at once; what was exchanged stays for ever', async () => {
  const ada = await makeTestUser(core, 'ada');
  await fundWallet(core, ada.userId, 2_000_000n);
  const quote = () => quoteExchange(core, ada.call(), asked);
  const kept = await quote();
  await exchange(core, ada.call(), { quoteId: kept.id });
  const unused = [await quote(), await quote(), await quote()];
  await moveClock(database.owner, 86_400);
  const open = await quote();
  expect(await pruneQuotes(core, 100)).toBe(0);
  await moveClock(database.owner, 61);
  expect(await pruneQuotes(core, 2)).toBe(2);
  expect(await pruneQuotes(core, 2)).toBe(1);
  expect(await pruneQuotes(core, 2)).toBe(0);
  const left = await core.db.selectFrom('exchange_quotes').orderBy('id').select('id').execute();
  expect(left.map(({ id }) => id)).toEqual([kept.id, open.id].sort());
  const gone = exchange(core, ada.call(), { quoteId: unused[0]?.id ?? '' });
  expect((await refusalOf(gone)).code).toBe('OBJECT_NOT_FOUND');
  expect(await checkAllInvariants(database.db)).toEqual([]);
});

test.each([['delete from exchange_quotes'], ['truncate exchange_quotes']])(
  'not even the owner may: %s',
  async (statement) => {
    await expect(sql.raw(statement).execute(database.owner)).rejects.toThrow(/kept as it was written/);
  },
);
