import { clockCall } from '../../sweep.ts';
import type { FaultPlan } from '../../testing/test-provider.ts';
import type { CasesOf, UnattendedRow, UnattendedStage } from '../../testing/unattended-case.ts';
import { claimWithdrawal } from '../withdrawals/claim-withdrawal.command.ts';
import { sendWithdrawal } from '../withdrawals/send-withdrawal.ts';
import type { withdrawalMachine } from '../withdrawals/withdrawal.machine.ts';
import type { Withdrawal } from '../withdrawals/withdrawal.rules.ts';
import { withdrawNow } from './payout-person.ts';
import { amount, funds } from './payout-world.ts';
import { loseWebhooks, silence } from './provider-troubles.ts';

async function beginWithdrawal({ world }: UnattendedStage) {
  const person = await world.makePerson();
  const withdrawal = await withdrawNow(world.core, person, amount);
  const { id, reference } = withdrawal;
  const endsWith = (event: string, availableMinor: bigint): Omit<UnattendedRow, 'later'> => ({
    id,
    told: { [event]: [person.userId] },
    wallet: { userId: person.userId, availableMinor },
  });
  const plan = (...faults: FaultPlan[]) =>
    world.provider.plan(...faults.map((fault) => ({ ...fault, reference })));
  return { id, reference, withdrawal, endsWith, plan };
}

/** What a worker does until it dies. */
async function claim({ world }: UnattendedStage, { id }: Pick<Withdrawal, 'id'>) {
  const call = clockCall('withdrawal.send');
  const claimed = await claimWithdrawal(world.core, call, { withdrawalId: id, purpose: 'send' });
  if (claimed === null) throw new Error('nobody could take the withdrawal');
  return claimed;
}

/** One whose transfer the provider has made, and holds in this status. */
async function sentWithdrawal(
  stage: UnattendedStage,
  outcome: 'pending' | 'otp' | 'success',
  given: { losesWebhooks?: boolean } = {},
) {
  const { world } = stage;
  const begun = await beginWithdrawal(stage);
  if (given.losesWebhooks) await loseWebhooks(stage, begun.reference);
  await begun.plan({ kind: 'transfer_outcome', outcome });
  await sendWithdrawal(world.core, await claim(stage, begun));
  const bankSays = (status: string) => () => world.provider.moveTransfer(begun.reference, status);
  return { ...begun, bankSays };
}

/** Each open state of a withdrawal. */
export const unattendedWithdrawals: CasesOf<typeof withdrawalMachine> = {
  requested: [
    {
      when: 'nobody has sent it yet',
      ends: 'paid',
      bring: async (stage) => (await beginWithdrawal(stage)).endsWith('withdrawal.paid', funds - amount),
    },
    {
      when: 'our balance at the provider never suffices',
      ends: 'requested',
      listed: 'withdrawals',
      bring: async (stage) => {
        const { id, plan } = await beginWithdrawal(stage);
        await plan({ kind: 'balance_low', endpoint: 'POST /transfer', times: 100_000 });
        return { id };
      },
    },
  ],
  sending: [
    {
      when: 'the worker died before it asked',
      ends: 'paid',
      bring: async (stage) => {
        const begun = await beginWithdrawal(stage);
        await claim(stage, begun);
        return begun.endsWith('withdrawal.paid', funds - amount);
      },
    },
    {
      when: 'the worker died before it had the answer',
      ends: 'paid',
      bring: async (stage) => {
        const begun = await beginWithdrawal(stage);
        await claim(stage, begun);
        const { amountMinor, currency, recipientCode, reference } = begun.withdrawal;
        const { paystack } = stage.world.core.payments;
        await paystack.initiateTransfer({ amountMinor, currency, recipientCode, reference });
        return begun.endsWith('withdrawal.paid', funds - amount);
      },
    },
    {
      when: 'the transfer was made without an answer and comes to nothing',
      ends: 'returned',
      bring: async (stage) => {
        const begun = await beginWithdrawal(stage);
        await begun.plan(
          { kind: 'transfer_outcome', outcome: 'blocked' },
          { kind: 'reply_lost', endpoint: 'POST /transfer', holdSeconds: 0 },
          { kind: 'server_error', endpoint: 'GET /transfer/verify' },
        );
        await sendWithdrawal(stage.world.core, await claim(stage, begun));
        return begun.endsWith('withdrawal.returned', funds);
      },
    },
    {
      when: 'the provider never answers',
      ends: 'sending',
      listed: 'withdrawals',
      bring: async (stage) => {
        const begun = await beginWithdrawal(stage);
        await silence(stage, begun.reference);
        await sendWithdrawal(stage.world.core, await claim(stage, begun));
        return { id: begun.id };
      },
    },
  ],
  sent: [
    {
      when: 'the bank takes it',
      ends: 'paid',
      bring: async (stage) => {
        const sent = await sentWithdrawal(stage, 'pending');
        return { ...sent.endsWith('withdrawal.paid', funds - amount), later: sent.bankSays('success') };
      },
    },
    {
      when: 'the bank takes it and every webhook is lost',
      ends: 'paid',
      bring: async (stage) => {
        const sent = await sentWithdrawal(stage, 'pending', { losesWebhooks: true });
        return { ...sent.endsWith('withdrawal.paid', funds - amount), later: sent.bankSays('success') };
      },
    },
    {
      when: 'the bank refuses it',
      ends: 'returned',
      bring: async (stage) => {
        const sent = await sentWithdrawal(stage, 'pending');
        return { ...sent.endsWith('withdrawal.returned', funds), later: sent.bankSays('failed') };
      },
    },
    {
      when: 'the bank never decides',
      ends: 'sent',
      listed: 'withdrawals',
      bring: async (stage) => ({ id: (await sentWithdrawal(stage, 'otp')).id }),
    },
  ],
  paid: [
    {
      when: 'that was all',
      ends: 'paid',
      bring: async (stage) =>
        (await sentWithdrawal(stage, 'success')).endsWith('withdrawal.paid', funds - amount),
    },
    {
      when: 'the bank sends it back and every webhook is lost',
      ends: 'reversed',
      bring: async (stage) => {
        const sent = await sentWithdrawal(stage, 'success', { losesWebhooks: true });
        return { ...sent.endsWith('withdrawal.reversed', funds), later: sent.bankSays('reversed') };
      },
    },
  ],
};
