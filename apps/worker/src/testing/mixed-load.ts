import { postErrandIn } from '@errand-dash/contract';
import {
  acceptErrand,
  checkAllInvariants,
  completeErrand,
  defaultPolicy,
  postErrand,
  startErrand,
  startTopUp,
  sweeps,
} from '@errand-dash/core';
import {
  countTransfers,
  createTestCore,
  type FaultPlan,
  fundWallet,
  makePayoutPerson,
  makeTestUser,
  moveClock,
  startTestProvider,
  type TestCore,
  type TestProvider,
  type TestUser,
  withdrawNow,
} from '@errand-dash/core/testing';
import { migrateJobs } from '@errand-dash/db';
import { createTestDatabase, type TestDatabase } from '@errand-dash/db/testing';
import { sql } from 'kysely';

/** A database and a provider of its own with work of every kind, the same each time. */
export interface MixedLoad {
  core: TestCore;
  database: TestDatabase;
  /** Lets every webhook arrive that is under way, those among them that the workers' own calls have caused. */
  deliver: () => Promise<void>;
  /** What happens around the workers, one thing after the other; between two all that is due is done. */
  steps: (() => Promise<void>)[];
  /** What there is to see of what the workers did, without ids and times. */
  read: () => Promise<LoadResult>;
  close: () => Promise<void>;
}

export interface LoadResult {
  /** What each person can spend. */
  wallets: Record<string, string>;
  /** How many rows of each kind are in each state. */
  states: Record<string, number>;
  /** How often each event has happened, and how many notices there are of it. */
  events: Record<string, { count: number; notices: number }>;
  /** The sum of each kind of account. */
  accounts: Record<string, string>;
  transfersAtProvider: number;
  violations: unknown[];
}

const day = 86_400;
const amountMinor = 20_000_00n;

export async function makeMixedLoad(): Promise<MixedLoad> {
  const database = await createTestDatabase();
  await migrateJobs({ ownerUrl: database.ownerUrl, queues: Object.keys(sweeps) });
  const provider = await startTestProvider();
  const policy = { payout: { ...defaultPolicy.payout, coolingSeconds: 0 } };
  const core = createTestCore(database.db, { payments: provider.payments, policy });
  provider.deliverTo(core);
  await provider.fundBalance(10_000_000_00n);
  await postErrands(core);
  await payIn(core, provider);
  const { references, bankDecides } = await takeOut(core, provider);
  const pass = async (seconds: number) => {
    await moveClock(database.owner, seconds);
    provider.moveClock(seconds);
    await provider.deliver();
  };
  return {
    core,
    database,
    deliver: () => provider.deliver(),
    steps: [() => provider.deliver(), bankDecides, ...[100, 3600, day, day, day].map((s) => () => pass(s))],
    read: async () => ({
      ...(await readDatabase(database)),
      transfersAtProvider: await countTransfers(provider.payments, references),
      violations: await checkAllInvariants(database.db),
    }),
    close: async () => {
      await provider.close();
      await database.drop();
    },
  };
}

/** Two errands in each state from which the clock leads. */
async function postErrands(core: TestCore): Promise<void> {
  const sender = await makeTestUser(core, 'demo_sender', ['sender']);
  const runner = await makeTestUser(core, 'demo_runner', ['runner']);
  await fundWallet(core, sender.userId, 1_000_000_00n);
  const ways: ((errandId: string) => Promise<unknown>)[] = [
    async () => undefined,
    (errandId) => acceptErrand(core, runner.call(), { errandId }),
    (errandId) => startErrand(core, runner.call(), { errandId }),
    (errandId) =>
      completeErrand(core, runner.call(), { errandId, goodsSpentMinor: 5_200_00n, receipt: 'Demo receipt' }),
  ];
  for (let last = 0; last < ways.length; last += 1) {
    for (let count = 0; count < 2; count += 1) {
      const { errandId } = await postErrand(core, sender.call(), errandInput());
      for (const way of ways.slice(1, last + 1)) await way(errandId);
    }
  }
}

const errandInput = () =>
  postErrandIn.parse({
    kind: 'buy_and_deliver',
    title: 'Tomatoes from the market',
    items: [{ name: 'tomatoes', quantity: 12 }],
    deliverTo: { latitude: 6.4281, longitude: 3.4219, address: '1 Demo Street' },
    currency: 'NGN',
    rewardMinor: 4_500_00,
    goodsBudgetMinor: 6_000_00,
    dueAt: new Date(Date.now() + 6 * 3600 * 1000),
  });

/** Payments whose webhooks come once, three times, or never; and two that come to nothing. */
async function payIn(core: TestCore, provider: TestProvider): Promise<void> {
  const ways: { faults: FaultPlan[]; act: 'pay' | 'decline' | null }[] = [
    { faults: [], act: 'pay' },
    { faults: [{ kind: 'webhook_duplicate', arrivals: 3 }], act: 'pay' },
    { faults: [{ kind: 'webhook_drop' }], act: 'pay' },
    { faults: [], act: 'decline' },
    { faults: [], act: null },
  ];
  for (const [index, { faults, act }] of ways.entries()) {
    const payer: TestUser = await makeTestUser(core, `demo_payer_${index}`);
    const input = { amountMinor, currency: 'NGN', email: 'payer@example.test' } as const;
    const { reference, checkoutUrl } = await startTopUp(core, payer.call(), input);
    for (const fault of faults) await provider.plan({ ...fault, reference });
    if (act !== null) await provider.act(checkoutUrl, act);
  }
}

/** Withdrawals of every end, on every way: answers lost, requests lost, refused for a while, sent back. */
async function takeOut(core: TestCore, provider: TestProvider) {
  const endpoint = 'POST /transfer';
  const ways: { outcome: string; faults?: FaultPlan[]; bank?: string }[] = [
    { outcome: 'success' },
    { outcome: 'pending', bank: 'success' },
    { outcome: 'pending', bank: 'failed' },
    { outcome: 'success', bank: 'reversed' },
    { outcome: 'success', faults: [{ kind: 'reply_lost', endpoint, holdSeconds: 0 }] },
    { outcome: 'success', faults: [{ kind: 'request_lost', endpoint }] },
    { outcome: 'success', faults: [{ kind: 'balance_low', endpoint }] },
    { outcome: 'otp' },
  ];
  const references: string[] = [];
  const decisions: [string, string][] = [];
  for (const [index, { outcome, faults = [], bank }] of ways.entries()) {
    const person = await makePayoutPerson(core, `demo_owner_${index}`, { fundsMinor: 5n * amountMinor });
    const { reference } = await withdrawNow(core, person, amountMinor);
    const planned: FaultPlan[] = [{ kind: 'transfer_outcome', outcome }, ...faults];
    await provider.plan(...planned.map((fault) => ({ ...fault, reference })));
    references.push(reference);
    if (bank !== undefined) decisions.push([reference, bank]);
  }
  const bankDecides = async () => {
    for (const [reference, status] of decisions) await provider.moveTransfer(reference, status);
    await provider.deliver();
  };
  return { references, bankDecides };
}

async function readDatabase({ db }: TestDatabase) {
  const { rows: wallets } = await sql<{ handle: string; minor: string }>`
    select handle, balance_minor::text as minor from users
      join accounts on owner_id = users.id::text and purpose = 'available'`.execute(db);
  const { rows: states } = await sql<{ name: string; count: number }>`
    select name, count(*)::int as count from (
      select 'errand ' || state as name from errands union all select 'escrow ' || state from escrows
      union all select 'topup ' || state from top_ups union all select 'withdrawal ' || state from withdrawals
      union all select 'delivery ' || state from webhook_deliveries) found group by name`.execute(db);
  const { rows: events } = await sql<{ name: string; count: number; notices: number }>`
    select name, count(distinct events.id)::int as count, count(notices.event_id)::int as notices
      from events left join notices on event_id = events.id group by name`.execute(db);
  const { rows: accounts } = await sql<{ purpose: string; minor: string }>`
    select purpose, sum(amount)::text as minor from (
      select debit_account_id as id, -amount_minor as amount from transfers
      union all select credit_account_id, amount_minor from transfers) line
      join accounts using (id) group by purpose`.execute(db);
  return {
    wallets: Object.fromEntries(wallets.map(({ handle, minor }) => [handle, minor])),
    states: Object.fromEntries(states.map(({ name, count }) => [name, count])),
    events: Object.fromEntries(events.map(({ name, count, notices }) => [name, { count, notices }])),
    accounts: Object.fromEntries(accounts.map(({ purpose, minor }) => [purpose, minor])),
  };
}
