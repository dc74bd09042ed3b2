import { readBalances } from '@errand-dash/db';
import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { acceptErrand, confirmErrand } from './errands/index.ts';
import { type ErrandScene, errandIn } from './errands/testing/index.ts';
import { checkAllInvariants } from './invariants.ts';
import { receiveWebhook, startTopUp, withdraw } from './payments/index.ts';
import { bookOf, countTransfers } from './payments/testing/payout-books.ts';
import { type PayoutPerson, signWithdrawal } from './payments/testing/payout-person.ts';
import { amount, funds, type PayoutWorld, startPayoutWorld } from './payments/testing/payout-world.ts';
import { sweeps } from './sweeps.ts';
import { availableOf, fundWallet } from './testing/fund-wallet.ts';
import { codesOf } from './testing/refusal-of.ts';
import { makeTestUser, type TestUser } from './testing/test-core.ts';

const FIFTY = 50;
const day = 86_400;
/** What an errand of the scene costs. */
const held = 1_050_000n;

interface Ids {
  errandId: string;
  escrowId: string;
}
interface PaidTopUp {
  id: string;
  payer: TestUser;
}

let world: PayoutWorld;
let scene: ErrandScene;
/** What is due when the sweeps begin, three of each. */
let due: {
  posted: Ids[];
  completed: Ids[];
  topUps: PaidTopUp[];
  withdrawals: Awaited<ReturnType<PayoutWorld['start']>>[];
};
/** What fifty want at once. */
let wanted: { posted: Ids; completed: Ids; purse: PayoutPerson };
let runners: TestUser[];
let charged: PaidTopUp;
/** What became of it: the code of each refusal, null where it was not refused. */
let codes: Record<'accepted' | 'confirmed' | 'withdrawn', (string | null)[]>;
let outcomes: string[];
/** Our balance at the provider, before anything moved. */
let fundedMinor: bigint;
let worked: SweepCounts[];

beforeAll(async () => {
  world = await startPayoutWorld();
  fundedMinor = await providerBalance();
  const { core, database, provider } = world;
  const [ada, bayo, chidi, stranger] = await Promise.all([
    makeTestUser(core, 'demo_ada', ['sender']),
    makeTestUser(core, 'demo_bayo', ['runner']),
    makeTestUser(core, 'demo_chidi', ['runner']),
    makeTestUser(core, 'demo_stranger'),
  ]);
  scene = { database, core, ada, bayo, chidi, stranger };
  await fundWallet(core, ada.userId, 100n * held);
  const three = <T>(make: () => Promise<T>) => Promise.all([make(), make(), make()]);
  due = {
    posted: await three(() => errandIn(scene, 'posted')),
    completed: await three(() => errandIn(scene, 'completed')),
    topUps: await three(() => aPaidTopUp(0)),
    withdrawals: await three(() => world.start('success')),
  };
  await world.pass(2 * day);
  wanted = {
    posted: await errandIn(scene, 'posted'),
    completed: await errandIn(scene, 'completed'),
    purse: await world.makePerson(),
  };
  runners = await Promise.all(times((index) => makeTestUser(core, `demo_many_${index}`, ['runner'])));
  charged = await aPaidTopUp(FIFTY);
  await provider.deliver();
  await doEverythingAtOnce();
}, 120_000);
afterAll(() => world?.close());

const times = <T>(make: (index: number) => T): T[] =>
  Array.from({ length: FIFTY }, (_, index) => make(index));
const available = ({ userId }: { userId: string }) => availableOf(world.database.db, userId);

async function providerBalance(): Promise<bigint> {
  const answer = await world.core.payments.paystack.fetchBalance();
  if (answer.outcome !== 'ok') throw new Error(`the provider's balance: ${answer.outcome}`);
  return answer.value.find(({ currency }) => currency === 'NGN')?.balanceMinor ?? 0n;
}

let payers = 0;
/** Paid at the provider, whose webhook about it comes so many times. */
async function aPaidTopUp(arrivals: number): Promise<PaidTopUp> {
  payers += 1;
  const payer = await makeTestUser(world.core, `demo_payer_${payers}`);
  const input = { amountMinor: amount, currency: 'NGN', email: 'payer@example.test' } as const;
  const { id, reference, checkoutUrl } = await startTopUp(world.core, payer.call(), input);
  await world.provider.plan(
    arrivals === 0 ? { kind: 'webhook_drop', reference } : { kind: 'webhook_duplicate', reference, arrivals },
  );
  await world.provider.act(checkoutUrl, 'pay');
  return { id, payer };
}

/** Fifty of each, all begun before any has ended. Then the sweeps go on until nothing is due. */
async function doEverythingAtOnce(): Promise<void> {
  const { core, provider } = world;
  const { purse } = wanted;
  const takings = await Promise.all(
    times(async () => {
      const call = purse.call();
      return { call, input: await signWithdrawal(core, purse, call, funds) };
    }),
  );
  const webhooks = [...provider.bodies];
  const { errandId } = wanted.completed;
  const [accepted, confirmed, withdrawn, received, counts] = await Promise.all([
    codesOf(runners.map((runner) => acceptErrand(core, runner.call(), wanted.posted))),
    codesOf(times(() => confirmErrand(core, scene.ada.call(), { errandId }))),
    codesOf(takings.map(({ call, input }) => withdraw(core, call, input))),
    Promise.all(webhooks.map((webhook) => receiveWebhook(core, webhook))),
    Promise.all(times(() => sweepOnce())),
  ]);
  codes = { accepted, confirmed, withdrawn };
  outcomes = received.map(({ outcome }) => outcome);
  worked = counts;
  for (const seconds of [120, 600, 1800]) {
    await world.pass(seconds);
    await provider.deliver();
    await sweepUntilQuiet();
  }
}

async function sweepUntilQuiet(): Promise<void> {
  for (let isQuiet = false; !isQuiet; ) {
    const counts = await sweepOnce();
    worked.push(counts);
    isQuiet = Object.values(counts).every((rows) => rows === 0);
  }
}

type SweepCounts = Record<string, number>;

/** Every sweep at the same time, as far as it gets. */
async function sweepOnce(): Promise<SweepCounts> {
  const counts = Object.entries(sweeps).map(async ([name, sweep]) => [name, await sweep(world.core, 100)]);
  return Object.fromEntries(await Promise.all(counts));
}

const workedBy = (name: string): number => worked.reduce((sum, counts) => sum + (counts[name] ?? 0), 0);

/** How often each event was told of these, which are of one kind. */
async function eventsOf(ids: readonly string[]): Promise<Record<string, number>> {
  const rows = await world.database.db
    .selectFrom('events')
    .select(['name', sql<number>`count(*)::int`.as('count')])
    .where('subject_id', 'in', ids)
    .groupBy('name')
    .execute();
  return Object.fromEntries(rows.map(({ name, count }) => [name, count]));
}

const heldFor = async ({ escrowId }: Ids): Promise<bigint> => {
  const account = { purpose: 'held', ownerId: escrowId, currency: 'NGN' } as const;
  return (await readBalances(world.database.db, [account]))[0] ?? 0n;
};

describe('of what fifty want at the same moment, one gets it', () => {
  test('fifty runners accept: one has the errand, and the others are told that it is taken', async () => {
    expect(codes.accepted.filter((code) => code === null)).toHaveLength(1);
    expect(codes.accepted.filter((code) => code === 'ERRAND_TAKEN')).toHaveLength(FIFTY - 1);
    expect((await eventsOf([wanted.posted.errandId]))['errand.accepted']).toBe(1);
    expect(await heldFor(wanted.posted)).toBe(held);
  });

  test('fifty confirmations: one pays the runner, and the others are refused', async () => {
    expect(codes.confirmed.filter((code) => code === null)).toHaveLength(1);
    expect(codes.confirmed.filter((code) => code === 'TRANSITION_REFUSED')).toHaveLength(FIFTY - 1);
    expect((await eventsOf([wanted.completed.errandId]))['errand.confirmed']).toBe(1);
    expect(await heldFor(wanted.completed)).toBe(0n);
  });

  test('fifty withdrawals of the whole balance: one transfer', async () => {
    expect(codes.withdrawn.filter((code) => code === null)).toHaveLength(1);
    expect(codes.withdrawn.filter((code) => code === 'FUNDS_INSUFFICIENT')).toHaveLength(FIFTY - 1);
    expect(await available(wanted.purse)).toBe(0n);
    const { db } = world.database;
    const mine = db.selectFrom('withdrawals').select(['reference', 'state', 'attempts']);
    const rows = await mine.where('user_id', '=', wanted.purse.userId).execute();
    expect(rows).toMatchObject([{ state: 'paid', attempts: 1 }]);
    expect(
      await countTransfers(
        world.provider.payments,
        rows.map(({ reference }) => reference),
      ),
    ).toBe(1);
  });

  test('a hundred webhooks about one payment, half of them while fifty sweeps work the others: one credit', async () => {
    expect(outcomes).toEqual(Array(FIFTY).fill('stored'));
    expect(await available(charged.payer)).toBe(amount);
    expect((await eventsOf([charged.id]))['topup.succeeded']).toBe(1);
    const deliveries = world.database.db.selectFrom('webhook_deliveries').select(['state', 'attempts']);
    const rows = await deliveries.where('event', '=', 'charge.success').execute();
    expect(rows).toEqual(Array(2 * FIFTY).fill({ state: 'worked', attempts: 1 }));
  });
});

describe('what is due when fifty sweeps begin is done once', () => {
  test('errands expire and are confirmed', async () => {
    expect(workedBy('advance-errands')).toBe(6);
    expect(await eventsOf(due.posted.map(({ errandId }) => errandId))).toMatchObject({ 'errand.expired': 3 });
    expect(await eventsOf(due.completed.map(({ errandId }) => errandId))).toMatchObject({
      'errand.confirmed': 3,
    });
    for (const errand of [...due.posted, ...due.completed]) expect(await heldFor(errand)).toBe(0n);
  });

  test('payments whose webhook was lost are found and credited', async () => {
    expect(workedBy('check-top-ups')).toBe(3);
    expect(await eventsOf(due.topUps.map(({ id }) => id))).toMatchObject({ 'topup.succeeded': 3 });
    for (const { payer } of due.topUps) expect(await available(payer)).toBe(amount);
  });

  test('withdrawals are sent', async () => {
    const references = due.withdrawals.map(({ withdrawal }) => withdrawal.reference);
    expect(await countTransfers(world.provider.payments, references)).toBe(3);
    expect(await eventsOf(due.withdrawals.map(({ withdrawal }) => withdrawal.id))).toEqual({
      'withdrawal.requested': 3,
      'withdrawal.paid': 3,
    });
    for (const { person } of due.withdrawals) expect(await available(person)).toBe(funds - amount);
  });

  test('everybody is told of everything once', async () => {
    const { rows } = await sql<{ wrong: number; queued: number }>`select
        (select count(*)::int from (
          select event_id, recipient_id from (select event_id, recipient_id from notices
              union all select id, unnest(audience) from events) pair
            group by event_id, recipient_id having count(*) <> 2) wrong) as wrong,
        (select count(*)::int from notice_queue) as queued`.execute(world.database.db);
    expect(rows).toEqual([{ wrong: 0, queued: 0 }]);
  });
});

test('every invariant holds, and the float has changed as the balance at the provider', async () => {
  expect(await checkAllInvariants(world.database.db)).toEqual([]);
  expect(await bookOf(world.database.db, 'float')).toBe(fundedMinor - (await providerBalance()));
});
