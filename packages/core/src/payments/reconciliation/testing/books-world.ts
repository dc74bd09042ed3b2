import { createTestDatabase, type TestDatabase } from '@errand-dash/db/testing';
import { createPaystack, type TransferOutcome } from '@errand-dash/paystack';
import { allInvariants } from '../../../invariants.ts';
import { defaultPolicy } from '../../../policy.ts';
import { createTestCore, makeTestUser, moveClock, type TestCore } from '../../../testing/test-core.ts';

export { onServer } from '../../../testing/test-core.ts';

import { startTestProvider, type TestProvider } from '../../../testing/test-provider.ts';
import { makePayoutPerson, withdrawNow } from '../../testing/payout-person.ts';
import { startTopUp } from '../../top-ups/start-top-up.ts';
import type { TopUp } from '../../top-ups/top-up.rules.ts';
import { workWebhooks } from '../../webhooks/work-webhooks.sweep.ts';
import { checkWithdrawals } from '../../withdrawals/check-withdrawals.sweep.ts';
import { sendWithdrawals } from '../../withdrawals/send-withdrawals.sweep.ts';
import type { Withdrawal } from '../../withdrawals/withdrawal.rules.ts';
import { listDriftsOf } from '../drifts/drift.store.ts';
import type { Drift } from '../drifts/drift.ts';
import { createReconcile } from '../reconcile.sweep.ts';
import { requestReconciliation } from '../runs/request-reconciliation.command.ts';
import { settleBookRows } from '../settling/settle-book-rows.sweep.ts';

/** A database and a provider whose books begin empty. */
export interface BooksWorld {
  database: TestDatabase;
  provider: TestProvider;
  core: TestCore;
  /** A top-up that its owner has paid at the provider; its webhook is on its way unless it was planned otherwise. */
  payTopUp: (...faults: Parameters<TestProvider['plan']>) => Promise<TopUp>;
  /** A withdrawal that the provider was sent. */
  sendWithdrawal: (outcome: TransferOutcome) => Promise<Withdrawal>;
  /** Lets webhooks arrive and works everything ordinary until nothing is due. */
  live: () => Promise<void>;
  /** Reconciles now, and lets the float follow. */
  reconcile: (core?: TestCore) => Promise<void>;
  /** Every drift ever found. */
  drifts: () => Promise<Drift[]>;
  openDrifts: () => Promise<Drift[]>;
  pass: (seconds: number) => Promise<void>;
  /** A core whose provider's answers are changed on the way. */
  lying: (change: (path: string, body: Answer) => void | Promise<void>) => TestCore;
  close: () => Promise<void>;
}

/** What a list of the provider's answers. */
export interface Answer {
  data: Record<string, unknown>[];
}

export const amountMinor = 20_000_00n;
/** What the provider takes of a top-up and of a withdrawal of that amount. */
export const topUpFee = 400_00n;
export const transferFee = 25_00n;
export const reconcileOnce = createReconcile(allInvariants);

const secretKey = 'sk_test_demo_provider';

export async function startBooksWorld(given: { isSettlementHeld?: boolean } = {}): Promise<BooksWorld> {
  const database = await createTestDatabase();
  const provider = await startTestProvider({ secretKey, ...given });
  const policy = { payout: { ...defaultPolicy.payout, coolingSeconds: 0 } };
  const core = createTestCore(database.db, { payments: provider.payments, policy });
  provider.deliverTo(core);
  let people = 0;
  const name = (kind: string) => {
    people += 1;
    return `demo_${kind}_${people}`;
  };
  const ever = { from: new Date(0), to: new Date('9999-01-01') };
  const drifts = () => listDriftsOf(database.db, ever);
  return {
    database,
    provider,
    core,
    payTopUp: async (...faults) => {
      const user = await makeTestUser(core, name('payer'));
      const input = { amountMinor, currency: 'NGN', email: 'ada@example.test' } as const;
      const topUp = await startTopUp(core, user.call(), input);
      const own = faults.map((fault) => ({ ...fault, reference: topUp.reference }));
      if (own.length > 0) await provider.plan(...own);
      await provider.act(topUp.checkoutUrl, 'pay');
      return topUp;
    },
    sendWithdrawal: async (outcome) => {
      const person = await makePayoutPerson(core, name('runner'), { fundsMinor: 50_000_00n });
      const withdrawal = await withdrawNow(core, person, amountMinor);
      await provider.plan({ kind: 'transfer_outcome', outcome, reference: withdrawal.reference });
      await sendWithdrawals(core, 100);
      return withdrawal;
    },
    live: () => live(core, provider),
    reconcile: (given = core) => reconcile(given),
    drifts,
    openDrifts: async () => (await drifts()).filter(({ state }) => state === 'open'),
    pass: async (seconds) => {
      await moveClock(database.owner, seconds);
      provider.moveClock(seconds);
    },
    lying: (change) => lyingCore(core, provider, change),
    close: async () => {
      await provider.close();
      await database.drop();
    },
  };
}

async function live(core: TestCore, provider: TestProvider): Promise<void> {
  await provider.deliver();
  const sweeps = [sendWithdrawals, checkWithdrawals, workWebhooks];
  for (let worked = 1; worked > 0; ) {
    worked = 0;
    for (const sweep of sweeps) worked += await sweep(core, 100);
  }
}

async function reconcile(core: TestCore): Promise<void> {
  await requestReconciliation(core, clock, {});
  while ((await reconcileOnce(core, 25)) > 0);
  while ((await settleBookRows(core, 100)) > 0);
}

const clock = {
  caller: { kind: 'clock', edge: 'test' },
  idempotencyKey: null,
  requestId: 'test',
} as const;

function lyingCore(
  core: TestCore,
  provider: TestProvider,
  change: (path: string, body: Answer) => void | Promise<void>,
): TestCore {
  const lie: typeof fetch = async (input, init) => {
    const response = await fetch(input, init);
    const { pathname } = new URL(String(input));
    const body = (await response.json()) as Answer;
    if (response.ok) await change(pathname, body);
    return Response.json(body, { status: response.status, headers: {} });
  };
  const paystack = createPaystack({ secretKey, baseUrl: provider.url, timeoutSeconds: 10, fetch: lie });
  return { ...core, payments: { ...core.payments, paystack } };
}
