import { failureOf } from '../failure-of.ts';
import { naira } from '../naira.ts';
import { readProviderFees } from '../read-accounts.ts';
import {
  endTransfer,
  listTransfers,
  mustHaveStruck,
  openBankAccount,
  planFaults,
  type SandboxTransfer,
  untilDelivered,
} from '../sandbox-control.ts';
import type { Person, Stage } from '../stage.ts';
import { mustHold, type StoryStep } from '../story-step.ts';
import { until } from '../until.ts';
import { DAY_SECONDS, moveClock } from '../virtual-clock.ts';

const amountMinor = 9_000_00;
const account = { bankCode: '058', accountNumber: '0123456789' };

/** The runner adds a bank account, waits a day, and withdraws, signed; the answer to the transfer is lost. */
export const withdrawEarnings: StoryStep = {
  name: 'withdraw-earnings',
  play: async (stage) => {
    const { runner } = stage.kept;
    mustHold(runner !== undefined, 'nobody has earned anything');
    const { payoutAccountId, usableAt, accountName } = await addAccount(stage, runner);
    const asked = { amountMinor, currency: 'NGN', payoutAccountId } as const;
    const tooEarly = await failureOf(runner.dash.wallet.withdraw(asked), 'PAYOUT_ACCOUNT_COOLING');
    mustHold(
      tooEarly.details.usableAt.getTime() === usableAt.getTime(),
      `he was told to wait until ${tooEarly.details.usableAt.toISOString()}`,
    );
    await moveClock(stage, DAY_SECONDS);

    const feesBefore = await readProviderFees(stage);
    await planFaults(
      stage,
      { kind: 'reply_lost', endpoint: 'POST /transfer', holdSeconds: 0.2 },
      { kind: 'transfer_outcome', outcome: 'pending' },
    );
    const { withdrawalId, state } = await runner.dash.wallet.withdraw(asked);
    mustHold(state === 'requested', `the withdrawal was ${state} before anybody had sent it`);
    const transfer = await untilSent(stage, runner, withdrawalId);
    await endTransfer(stage, transfer.reference, 'success');
    await untilPaid(stage, runner, withdrawalId);

    const transfers = await listTransfers(stage);
    mustHold(transfers.length === 1, `the lost answer led to ${transfers.length} transfers`);
    const feeMinor = feesBefore - (await readProviderFees(stage));
    mustHold(feeMinor === transfer.fee_charged, `${naira(feeMinor)} was booked as the provider's fee`);
    return {
      line: `${runner.name} withdraws ${naira(amountMinor)} to his bank account, signed with his passkey`,
      remarks: [
        `the account is ${accountName}'s, as the bank says; within its first day it is refused until ${usableAt.toISOString()} (${tooEarly.code})`,
        `Paystack asks us before it sends, and its answer to us is lost: still one transfer, of ${naira(transfer.amount)}; its fee was ${naira(feeMinor)}`,
      ],
      moves: { [`${runner.name.replace(' (demo)', '')} wallet`]: -amountMinor },
    };
  },
};

/** Whose account it is he sees before he signs. The same account again is the one that he has. */
async function addAccount(stage: Stage, { dash, name, handle }: Person) {
  await openBankAccount(stage, {
    ...account,
    accountName: `${handle.replace('demo_', '')} demo`.toUpperCase(),
  });
  const { accountName } = await dash.wallet.resolveBankAccount(account);
  const { payoutAccountId, usableAt } = await dash.wallet.addPayoutAccount(account);
  await until('the word of the bank', async () => {
    const { payoutAccounts } = await dash.wallet.listPayoutAccounts();
    mustHold(payoutAccounts.length === 1, `${name} has ${payoutAccounts.length} bank accounts`);
    const [added] = payoutAccounts;
    if (added?.state !== 'active') return null;
    mustHold(added.accountName === accountName, `the account is called ${added.accountName}`);
    return true;
  });
  const again = await dash.wallet.addPayoutAccount(account);
  mustHold(again.payoutAccountId === payoutAccountId, 'the same bank account was added twice');
  return { payoutAccountId, usableAt, accountName };
}

/** The money is on its way, by one transfer of exactly this amount that the provider has asked us about. */
async function untilSent(stage: Stage, { dash }: Person, withdrawalId: string): Promise<SandboxTransfer> {
  await until('the sending of the withdrawal', async () => {
    const { state } = await dash.wallet.getWithdrawal({ withdrawalId });
    mustHold(['requested', 'sending', 'sent'].includes(state), `the withdrawal is ${state}`);
    return state === 'sent' ? true : null;
  });
  await mustHaveStruck(stage);
  const { balances } = await dash.wallet.balances();
  mustHold(balances[0]?.onTheWayMinor === amountMinor, `${balances[0]?.onTheWayMinor} kobo are on the way`);
  const transfer = await until('our approval of the transfer', async () => {
    const [made, ...others] = await listTransfers(stage);
    mustHold(made !== undefined && others.length === 0, `${others.length + 1} transfers were made`);
    mustHold(['received', 'pending'].includes(made.status), `the transfer is ${made.status}`);
    return made.status === 'pending' ? made : null;
  });
  mustHold(transfer.amount === amountMinor && transfer.currency === 'NGN', 'another amount was sent');
  return transfer;
}

/** The clock stands still, so that it is the webhook that brings the news. */
async function untilPaid(stage: Stage, { dash }: Person, withdrawalId: string): Promise<void> {
  const statuses = await untilDelivered(stage, 'transfer.success', 1);
  mustHold(statuses.join() === '200', `the webhook was answered ${statuses.join(', ')}`);
  await until('the end of the withdrawal', async () => {
    const { state } = await dash.wallet.getWithdrawal({ withdrawalId });
    mustHold(['sent', 'paid'].includes(state), `the withdrawal is ${state}`);
    return state === 'paid' ? true : null;
  });
  const { balances } = await dash.wallet.balances();
  mustHold(balances[0]?.onTheWayMinor === 0, 'something is on the way still');
}
