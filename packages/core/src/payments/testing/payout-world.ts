import { createTestDatabase, type TestDatabase } from '@errand-dash/db/testing';
import type { TransferOutcome } from '@errand-dash/paystack';
import { defaultPolicy } from '../../policy.ts';
import { availableOf } from '../../testing/fund-wallet.ts';
import { createTestCore, moveClock, type TestCore } from '../../testing/test-core.ts';
import { startTestProvider, type TestProvider } from '../../testing/test-provider.ts';
import { workWebhooks } from '../webhooks/work-webhooks.sweep.ts';
import { checkWithdrawals } from '../withdrawals/check-withdrawals.sweep.ts';
import { getWithdrawal } from '../withdrawals/get-withdrawal.query.ts';
import { sendWithdrawals } from '../withdrawals/send-withdrawals.sweep.ts';
import type { Withdrawal } from '../withdrawals/withdrawal.rules.ts';
import { countTransfers } from './payout-books.ts';
import { makePayoutPerson, type PayoutPerson, withdrawNow } from './payout-person.ts';

/** A database, a provider with money in our balance, and people who withdraw. Accounts need not cool here. */
export interface PayoutWorld {
  database: TestDatabase;
  provider: TestProvider;
  core: TestCore;
  /** As core, but waits no longer than half a second for the provider. */
  impatient: TestCore;
  makePerson: () => Promise<PayoutPerson>;
  /** A person who has begun to withdraw {@link amount} of {@link funds}, and what will become of it. */
  start: (outcome?: TransferOutcome) => Promise<{ person: PayoutPerson; withdrawal: Withdrawal }>;
  current: (person: PayoutPerson, withdrawal: Withdrawal) => Promise<Withdrawal>;
  stateOf: (person: PayoutPerson, withdrawal: Withdrawal) => Promise<Withdrawal['state']>;
  available: (person: PayoutPerson) => Promise<bigint>;
  eventsOf: (withdrawal: Withdrawal) => Promise<string[]>;
  transfersOf: (withdrawal: Withdrawal) => Promise<number>;
  /** Lets time pass for our database and for the provider. */
  pass: (seconds: number) => Promise<void>;
  /** Runs the sweeps of withdrawals and webhooks until nothing is due. */
  sweepAll: () => Promise<void>;
  close: () => Promise<void>;
}

export const funds = 100_000_00n;
export const amount = 20_000_00n;

export async function startPayoutWorld(): Promise<PayoutWorld> {
  const database = await createTestDatabase();
  const provider = await startTestProvider();
  const policy = { payout: { ...defaultPolicy.payout, coolingSeconds: 0 } };
  const core = createTestCore(database.db, { payments: provider.payments, policy });
  provider.deliverTo(core);
  await provider.fundBalance(10_000_000_00n);
  let people = 0;
  const makePerson = () => {
    people += 1;
    return makePayoutPerson(core, `demo_runner_${people}`, { fundsMinor: funds });
  };
  const current: PayoutWorld['current'] = (person, { id }) =>
    getWithdrawal(core, person.call(), { withdrawalId: id });
  return {
    database,
    provider,
    core,
    impatient: { ...core, payments: provider.impatient },
    makePerson,
    start: async (outcome = 'pending') => {
      const person = await makePerson();
      const withdrawal = await withdrawNow(core, person, amount);
      await provider.plan({ kind: 'transfer_outcome', outcome, reference: withdrawal.reference });
      return { person, withdrawal };
    },
    current,
    stateOf: async (person, withdrawal) => (await current(person, withdrawal)).state,
    available: ({ userId }) => availableOf(database.db, userId),
    eventsOf: async ({ id }) => {
      const events = database.db.selectFrom('events').select('name').where('subject_id', '=', id);
      return (await events.orderBy('id').execute()).map(({ name }) => name);
    },
    transfersOf: ({ reference }) => countTransfers(provider.payments, [reference]),
    pass: async (seconds) => {
      await moveClock(database.owner, seconds);
      provider.moveClock(seconds);
    },
    sweepAll: () => sweepAll(core),
    close: async () => {
      await provider.close();
      await database.drop();
    },
  };
}

async function sweepAll(core: TestCore): Promise<void> {
  const sweeps = [sendWithdrawals, checkWithdrawals, workWebhooks];
  for (let worked = 1; worked > 0; ) {
    worked = 0;
    for (const sweep of sweeps) worked += await sweep(core, 100);
  }
}
