import { getReceiptsIn, receipts } from '@errand-dash/contract';
import { getReceipts, presentReceipt } from '@errand-dash/core';
import { signedInProcedure } from '../trpc.ts';

/** Proofs of a person's transfers, as part of the wallet. */
export const receiptProcedures = {
  /**
   * What proves each of the person's own transfers to anybody, offline, with the SDK's `verifyReceipt`. Null for one that
   * is not sealed yet, which takes half a minute, and for one that is not this person's.
   */
  getReceipts: signedInProcedure
    .input(getReceiptsIn)
    .output(receipts)
    .query(async ({ ctx, input }) => ({
      receipts: (await getReceipts(ctx.core, ctx.call, input)).map((one) =>
        one === null ? null : presentReceipt(one),
      ),
    })),
};
