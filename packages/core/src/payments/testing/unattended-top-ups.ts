import { makeTestUser } from '../../testing/test-core.ts';
import type { FaultPlan } from '../../testing/test-provider.ts';
import type {
  CasesOf,
  UnattendedCase,
  UnattendedRow,
  UnattendedStage,
} from '../../testing/unattended-case.ts';
import { confirmTopUp } from '../top-ups/confirm-top-up.ts';
import { startTopUp } from '../top-ups/start-top-up.ts';
import type { topUpMachine } from '../top-ups/top-up.machine.ts';
import { amount } from './payout-world.ts';
import { loseWebhooks, silence } from './provider-troubles.ts';

const opening = 'POST /transaction/initialize';
let payers = 0;

/** A top-up that somebody has begun while the provider did this. */
async function beginTopUp({ world }: UnattendedStage, ...faults: FaultPlan[]) {
  const { core, provider } = world;
  payers += 1;
  const payer = await makeTestUser(core, `demo_payer_${payers}`);
  if (faults.length > 0) await provider.plan(...faults);
  const input = { amountMinor: amount, currency: 'NGN', email: 'payer@example.test' } as const;
  const topUp = await startTopUp(core, payer.call(), input);
  const endsWith = (event: string, availableMinor: bigint): Omit<UnattendedRow, 'later'> => ({
    id: topUp.id,
    told: { [event]: [payer.userId] },
    wallet: { userId: payer.userId, availableMinor },
  });
  const act = (action: 'pay' | 'decline' | 'abandon') => provider.act(topUp.checkoutUrl, action);
  return { ...topUp, endsWith, act };
}

async function anAbandonedTopUp(stage: UnattendedStage) {
  const { world } = stage;
  const topUp = await beginTopUp(stage);
  await topUp.act('abandon');
  await world.pass(world.core.policy.topUp.abandonAfterSeconds + 1);
  await confirmTopUp(world.core, topUp.reference);
  return topUp;
}

/** Each open state of a top-up, and the ended one that holds money for an operator. */
export const unattendedTopUps: CasesOf<typeof topUpMachine> & { mismatched: [UnattendedCase] } = {
  created: [
    {
      when: 'the question was lost and nobody pays',
      ends: 'abandoned',
      bring: async (stage) =>
        (await beginTopUp(stage, { kind: 'request_lost', endpoint: opening })).endsWith(
          'topup.abandoned',
          0n,
        ),
    },
    {
      when: 'the answer was lost and nobody pays',
      ends: 'abandoned',
      bring: async (stage) =>
        (await beginTopUp(stage, { kind: 'reply_lost', endpoint: opening, holdSeconds: 0 })).endsWith(
          'topup.abandoned',
          0n,
        ),
    },
    {
      when: 'the provider never answers',
      ends: 'created',
      listed: 'silent',
      bring: async (stage) => {
        const { id, reference } = await beginTopUp(stage, { kind: 'request_lost', endpoint: opening });
        await silence(stage, reference);
        return { id };
      },
    },
  ],
  pending: [
    {
      when: 'nobody pays',
      ends: 'abandoned',
      bring: async (stage) => (await beginTopUp(stage)).endsWith('topup.abandoned', 0n),
    },
    {
      when: 'the card is declined',
      ends: 'failed',
      bring: async (stage) => {
        const topUp = await beginTopUp(stage);
        return { ...topUp.endsWith('topup.failed', 0n), later: () => topUp.act('decline') };
      },
    },
    {
      when: 'it is paid',
      ends: 'succeeded',
      bring: async (stage) => {
        const topUp = await beginTopUp(stage);
        return { ...topUp.endsWith('topup.succeeded', amount), later: () => topUp.act('pay') };
      },
    },
    {
      when: 'it is paid and every webhook is lost',
      ends: 'succeeded',
      bring: async (stage) => {
        const topUp = await beginTopUp(stage);
        await loseWebhooks(stage, topUp.reference);
        return { ...topUp.endsWith('topup.succeeded', amount), later: () => topUp.act('pay') };
      },
    },
    {
      when: 'the provider never answers',
      ends: 'pending',
      listed: 'silent',
      bring: async (stage) => {
        const { id, reference } = await beginTopUp(stage);
        await silence(stage, reference);
        return { id };
      },
    },
  ],
  failed: [
    {
      when: 'nobody tries again',
      ends: 'failed',
      bring: async (stage) => {
        const topUp = await beginTopUp(stage);
        await topUp.act('decline');
        await confirmTopUp(stage.world.core, topUp.reference);
        return topUp.endsWith('topup.failed', 0n);
      },
    },
  ],
  abandoned: [
    {
      when: 'nobody comes back',
      ends: 'abandoned',
      bring: async (stage) => (await anAbandonedTopUp(stage)).endsWith('topup.abandoned', 0n),
    },
    {
      when: 'it is paid late and every webhook is lost',
      ends: 'succeeded',
      bring: async (stage) => {
        const topUp = await anAbandonedTopUp(stage);
        await loseWebhooks(stage, topUp.reference);
        return { ...topUp.endsWith('topup.succeeded', amount), later: () => topUp.act('pay') };
      },
    },
  ],
  mismatched: [
    {
      when: 'other money came',
      ends: 'mismatched',
      listed: 'mismatched',
      bring: async (stage) => {
        const topUp = await beginTopUp(stage);
        const { reference } = topUp;
        await stage.world.provider.plan({ kind: 'charge_amount', amountMinor: 100_00, reference });
        await topUp.act('pay');
        await confirmTopUp(stage.world.core, reference);
        return topUp.endsWith('topup.mismatched', 0n);
      },
    },
  ],
};
