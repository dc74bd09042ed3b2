import { checkAllInvariants, defaultPolicy, sweeps, type Withdrawal } from '@errand-dash/core';
import {
  availableOf,
  countTransfers,
  createTestCore,
  type FaultPlan,
  makePayoutPerson,
  moveClock,
  type PayoutPerson,
  startTestProvider,
  type TestCore,
  type TestProvider,
  withdrawNow,
} from '@errand-dash/core/testing';
import { migrateJobs } from '@errand-dash/db';
import { createTestDatabase, type TestDatabase } from '@errand-dash/db/testing';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { startWorkerProcess, type WorkerProcess } from './testing/worker-process.ts';

const fundsMinor = 100_000_00n;
const amountMinor = 20_000_00n;
const holdSeconds = 60;
let database: TestDatabase;
let provider: TestProvider;
let core: TestCore;
const running = new Set<WorkerProcess>();

beforeAll(async () => {
  database = await createTestDatabase();
  await migrateJobs({ ownerUrl: database.ownerUrl, queues: Object.keys(sweeps) });
  provider = await startTestProvider();
  const policy = { payout: { ...defaultPolicy.payout, coolingSeconds: 0 } };
  core = createTestCore(database.db, { payments: provider.payments, policy });
  provider.deliverTo(core);
  await provider.fundBalance(10_000_000_00n);
  await pass(0);
});
afterEach(async () => {
  for (const worker of running) await worker.kill();
  running.clear();
});
afterAll(async () => {
  await provider.close();
  await database.drop();
});

function startWorker(): WorkerProcess {
  const worker = startWorkerProcess({ core, database, provider });
  running.add(worker);
  return worker;
}

async function kill(worker: WorkerProcess): Promise<void> {
  await worker.kill();
  running.delete(worker);
}

async function pass(seconds: number): Promise<void> {
  await moveClock(database.owner, seconds);
  provider.moveClock(seconds);
}

async function until(what: string, worker: WorkerProcess, isSo: () => Promise<boolean>): Promise<void> {
  for (const endsAt = Date.now() + 20_000; !(await isSo()); ) {
    if (Date.now() > endsAt) throw new Error(`waited in vain until ${what}: ${worker.said()}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

const transfersOf = ({ reference }: Withdrawal) => countTransfers(provider.payments, [reference]);

/** Whether the worker has not come to where it is held. */
async function isFaultLeft({ reference }: Withdrawal): Promise<boolean> {
  const headers = { authorization: `Bearer ${provider.secretKey}` };
  const answer = await fetch(`${provider.url}/sandbox/faults`, { headers });
  const { data } = (await answer.json()) as { data: { reference?: string; endpoint?: string }[] };
  return data.some((fault) => fault.reference === reference && fault.endpoint !== undefined);
}

async function stateOf({ id }: Withdrawal): Promise<string> {
  const found = database.db.selectFrom('withdrawals').select('state').where('id', '=', id);
  return (await found.executeTakeFirstOrThrow()).state;
}

async function eventsOf({ id }: Withdrawal): Promise<string[]> {
  const found = database.db.selectFrom('events').select('name').where('subject_id', '=', id);
  return (await found.orderBy('id').execute()).map(({ name }) => name);
}

interface Moment {
  moment: string;
  /** What holds the worker in that moment. */
  faults: FaultPlan[];
  /** How one sees that it is in it. */
  state: string;
  transfers: number;
}

const moments: Moment[] = [
  {
    moment: 'before the provider has its call',
    faults: [{ kind: 'request_lost', endpoint: 'POST /transfer', holdSeconds }],
    state: 'sending',
    transfers: 0,
  },
  {
    moment: 'after the call, before its answer',
    faults: [{ kind: 'reply_lost', endpoint: 'POST /transfer', holdSeconds }],
    state: 'sending',
    transfers: 1,
  },
  {
    moment: 'after the answer, before the commit',
    faults: [{ kind: 'reply_lost', endpoint: 'GET /transfer/verify', holdSeconds }],
    state: 'sending',
    transfers: 1,
  },
  { moment: 'after the commit', faults: [], state: 'sent', transfers: 1 },
];

let people = 0;
async function startWithdrawal(
  faults: FaultPlan[],
): Promise<{ person: PayoutPerson; withdrawal: Withdrawal }> {
  people += 1;
  const person = await makePayoutPerson(core, `demo_runner_${people}`, { fundsMinor });
  const withdrawal = await withdrawNow(core, person, amountMinor);
  const { reference } = withdrawal;
  const planned: FaultPlan[] = [{ kind: 'transfer_outcome', outcome: 'pending' }, ...faults];
  await provider.plan(...planned.map((fault) => ({ ...fault, reference })));
  return { person, withdrawal };
}

test.each(moments)(
  'a worker that is killed $moment leaves one transfer',
  { timeout: 90_000 },
  async (given) => {
    const { person, withdrawal } = await startWithdrawal(given.faults);
    const first = startWorker();
    await until('the worker is there', first, async () => {
      const isThere = (await stateOf(withdrawal)) === given.state && !(await isFaultLeft(withdrawal));
      return isThere && (await transfersOf(withdrawal)) === given.transfers;
    });
    await kill(first);
    expect(await stateOf(withdrawal)).toBe(given.state);
    expect(await transfersOf(withdrawal)).toBe(given.transfers);

    const second = startWorker();
    await pass(100);
    await until('the transfer is known', second, async () => (await stateOf(withdrawal)) === 'sent');
    await provider.moveTransfer(withdrawal.reference, 'success');
    await provider.deliver();
    await until('it is paid', second, async () => (await stateOf(withdrawal)) === 'paid');
    expect(await transfersOf(withdrawal)).toBe(1);
    expect(await availableOf(database.db, person.userId)).toBe(fundsMinor - amountMinor);
    expect(await eventsOf(withdrawal)).toEqual([
      'withdrawal.requested',
      'withdrawal.sent',
      'withdrawal.paid',
    ]);
    expect(await checkAllInvariants(database.db)).toEqual([]);
  },
);
