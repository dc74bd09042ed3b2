import {
  addPayoutAccountIn,
  bankAccountIn,
  banks,
  getWithdrawalIn,
  listWithdrawalsIn,
  noInput,
  payoutAccount,
  payoutAccounts,
  removePayoutAccountIn,
  resolvedBankAccount,
  withdrawal,
  withdrawalPage,
  withdrawIn,
} from '@errand-dash/contract';
import {
  addPayoutAccount,
  getWithdrawal,
  listBanks,
  listPayoutAccounts,
  listWithdrawals,
  removePayoutAccount,
  resolveBankAccount,
  withdraw,
} from '@errand-dash/core';
import { presentPayoutAccount, presentWithdrawal } from '../present/payouts.present.ts';
import { signedInProcedure } from '../trpc.ts';

/** The procedures of the wallet by which money leaves it. */
export const payoutProcedures = {
  /** The banks to which money can be paid out. */
  listBanks: signedInProcedure
    .input(noInput)
    .output(banks)
    .query(async ({ ctx }) => ({ banks: [...(await listBanks(ctx.core, ctx.call, {}))] })),

  /** Whose account it is, as the bank says. */
  resolveBankAccount: signedInProcedure
    .input(bankAccountIn)
    .output(resolvedBankAccount)
    .query(({ ctx, input }) => resolveBankAccount(ctx.core, ctx.call, input)),

  /**
   * Adds a bank account, signed for. Where its name is null the bank did not answer in time, and `listPayoutAccounts`
   * has it a little later.
   */
  addPayoutAccount: signedInProcedure
    .meta({ signedAction: 'wallet.addPayoutAccount' })
    .input(addPayoutAccountIn)
    .output(payoutAccount)
    .mutation(async ({ ctx, input }) =>
      presentPayoutAccount(await addPayoutAccount(ctx.core, ctx.call, input)),
    ),

  /** The person's own bank accounts, but for those that were refused or removed. */
  listPayoutAccounts: signedInProcedure
    .input(noInput)
    .output(payoutAccounts)
    .query(async ({ ctx }) => ({
      payoutAccounts: (await listPayoutAccounts(ctx.core, ctx.call, {})).map(presentPayoutAccount),
    })),

  /** Takes a bank account away, signed for. Added again it has to wait a day again. */
  removePayoutAccount: signedInProcedure
    .meta({ signedAction: 'wallet.removePayoutAccount' })
    .input(removePayoutAccountIn)
    .output(payoutAccount)
    .mutation(async ({ ctx, input }) =>
      presentPayoutAccount(await removePayoutAccount(ctx.core, ctx.call, input)),
    ),

  /** Takes money out to one of the person's bank accounts, signed for. It is held at once and sent a little later. */
  withdraw: signedInProcedure
    .meta({ signedAction: 'wallet.withdraw' })
    .input(withdrawIn)
    .output(withdrawal)
    .mutation(async ({ ctx, input }) => presentWithdrawal(await withdraw(ctx.core, ctx.call, input))),

  /** One of the person's own withdrawals. */
  getWithdrawal: signedInProcedure
    .input(getWithdrawalIn)
    .output(withdrawal)
    .query(async ({ ctx, input }) => presentWithdrawal(await getWithdrawal(ctx.core, ctx.call, input))),

  /** The person's own withdrawals, newest first. */
  listWithdrawals: signedInProcedure
    .input(listWithdrawalsIn)
    .output(withdrawalPage)
    .query(async ({ ctx, input }) => {
      const { withdrawals, nextCursor } = await listWithdrawals(ctx.core, ctx.call, input);
      return { withdrawals: withdrawals.map(presentWithdrawal), nextCursor };
    }),
};
