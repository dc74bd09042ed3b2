import { escrow, getEscrowIn } from '@errand-dash/contract';
import { getEscrow } from '@errand-dash/core';
import { presentEscrow } from '../present/escrow.present.ts';
import { router, signedInProcedure } from '../trpc.ts';

/** Money that waits until the work is confirmed. */
export const escrowRouter = router({
  /** For its payer and its payee. */
  get: signedInProcedure
    .input(getEscrowIn)
    .output(escrow)
    .query(async ({ ctx, input }) => presentEscrow(await getEscrow(ctx.core, ctx.call, input))),
});
