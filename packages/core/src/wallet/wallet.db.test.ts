import { createTestDatabase, type TestDatabase } from '@errand-dash/db/testing';
import { sql } from 'kysely';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Call } from '../claim.ts';
import { confirmTopUp, startTopUp } from '../payments/index.ts';
import { Refused } from '../refusal.ts';
import { clockCall, createTestCore, makeTestUser, type TestCore } from '../testing/test-core.ts';
import { startTestProvider, type TestProvider } from '../testing/test-provider.ts';
import { getBalances } from './get-balances.query.ts';
import { getPlatformBalances } from './get-platform-balances.query.ts';
import { recomputeBalances } from './recompute-balances.query.ts';

let database: TestDatabase;
let provider: TestProvider;
let core: TestCore;
const onServer: Call = { caller: { kind: 'server', task: 'test' }, idempotencyKey: null, requestId: 'test' };
const anonymous: Call = { caller: { kind: 'anonymous' }, idempotencyKey: null, requestId: 'test' };

beforeAll(async () => {
  database = await createTestDatabase();
  provider = await startTestProvider();
  core = createTestCore(database.db, { payments: provider.payments });
});
afterAll(async () => {
  await provider.close();
  await database.drop();
});

async function payIn(handle: string, amountMinor: bigint) {
  const user = await makeTestUser(core, handle);
  const input = { amountMinor, currency: 'NGN', email: 'ada@example.test' } as const;
  const topUp = await startTopUp(core, user.call(), input);
  await provider.act(topUp.checkoutUrl, 'pay');
  await confirmTopUp(core, topUp.reference);
  return user;
}
const codeOf = (promise: Promise<unknown>): Promise<string> =>
  promise.then(
    () => 'no refusal',
    (error: unknown) => (error instanceof Refused ? error.refusal.code : String(error)),
  );

test('a new person has nothing in every currency', async () => {
  const user = await makeTestUser(core, 'demo_new');
  const nothing = { availableMinor: 0n, heldMinor: 0n, frozenMinor: 0n, onTheWayMinor: 0n };
  expect(await getBalances(core, user.call(), {})).toEqual([{ currency: 'NGN', ...nothing }]);
});

test('what was paid in is available to who paid it, and to nobody else', async () => {
  const payer = await payIn('demo_rich', 20_000_00n);
  const other = await makeTestUser(core, 'demo_poor');
  expect(await getBalances(core, payer.call(), {})).toMatchObject([{ availableMinor: 20_000_00n }]);
  expect(await getBalances(core, other.call(), {})).toMatchObject([{ availableMinor: 0n }]);
});

test('balances are refused to who is not signed in', async () => {
  expect(await codeOf(getBalances(core, anonymous, {}))).toBe('SESSION_MISSING');
});

test('the platform’s book sums to zero, and each line is what all transfers add up to', async () => {
  await payIn('demo_second', 1_000_00n);
  const { lines, violations } = await getPlatformBalances(core, onServer, {});
  expect(violations).toEqual([]);
  expect(lines.map(({ purpose }) => purpose)).toEqual(
    expect.arrayContaining(['available', 'provider_fees', 'unsettled']),
  );
  expect(lines.reduce((sum, line) => sum + line.totalMinor, 0n)).toBe(0n);
  for (const line of lines) expect(line.recomputedMinor).toBe(line.totalMinor);
});

test('the platform’s book, and what a person has by it, are refused to all but who works on the server', async () => {
  const user = await makeTestUser(core, 'demo_curious', ['admin']);
  for (const call of [user.call(), anonymous, clockCall('test')]) {
    expect(await codeOf(getPlatformBalances(core, call, {}))).toBe('ROLE_MISSING');
    expect(await codeOf(recomputeBalances(core, call, { userId: user.userId }))).toBe('ROLE_MISSING');
  }
});

test('the book stays whole while money comes in', async () => {
  const payments = Array.from({ length: 5 }, (_, index) => payIn(`demo_busy_${index}`, 500_00n));
  for (let look = 0; look < 10; look += 1) {
    const { lines, violations } = await getPlatformBalances(core, onServer, {});
    expect(violations).toEqual([]);
    expect(lines.every((line) => line.totalMinor === line.recomputedMinor)).toBe(true);
  }
  await Promise.all(payments);
});

test('one stored balance that somebody changed is seen in its line and named', async () => {
  const payer = await payIn('demo_tampered', 2_000_00n);
  const superuser = database.owner;
  await sql`alter table accounts disable trigger user`.execute(superuser);
  await sql`update accounts set balance_minor = balance_minor + 1
    where purpose = 'available' and owner_id = ${payer.userId}`.execute(superuser);
  const { lines, violations } = await getPlatformBalances(core, onServer, {});
  const available = lines.find(({ purpose }) => purpose === 'available');
  expect((available?.totalMinor ?? 0n) - (available?.recomputedMinor ?? 0n)).toBe(1n);
  expect(violations.map(({ invariant }) => invariant)).toContain('stored_balance_equals_its_recomputation');
});
