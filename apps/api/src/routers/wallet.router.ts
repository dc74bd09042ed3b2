import { balances, getTopUpIn, noInput, startTopUpIn, topUp } from '@errand-dash/contract';
import { getBalances, getTopUp, startTopUp } from '@errand-dash/core';
import { presentBalance, presentTopUp } from '../present/wallet.present.ts';
import { router, signedInProcedure } from '../trpc.ts';
import { exchangeProcedures } from './exchange.router.ts';
import { payoutProcedures } from './payouts.router.ts';
import { receiptProcedures } from './receipts.router.ts';
import { statementProcedures } from './statement.router.ts';

/** A person's money. */
export const walletRouter = router({
  /** What the person has, in each currency. */
  balances: signedInProcedure
    .input(noInput)
    .output(balances)
    .query(async ({ ctx }) => ({
      balances: (await getBalances(ctx.core, ctx.call, {})).map(presentBalance),
    })),

  /**
   * Begins to pay money in. The answer tells where to pay; where it is null the provider did not answer in time, and
   * `getTopUp` has it a little later, or says `pending` without it: then start another one.
   */
  startTopUp: signedInProcedure
    .input(startTopUpIn)
    .output(topUp)
    .mutation(async ({ ctx, input }) => presentTopUp(await startTopUp(ctx.core, ctx.call, input))),

  /** One of the person's own top-ups. */
  getTopUp: signedInProcedure
    .input(getTopUpIn)
    .output(topUp)
    .query(async ({ ctx, input }) => presentTopUp(await getTopUp(ctx.core, ctx.call, input))),

  ...statementProcedures,
  ...exchangeProcedures,
  ...payoutProcedures,
  ...receiptProcedures,
});
