import {
  cancelErrandIn,
  completeErrandIn,
  endErrandIn,
  errand,
  errandHistory,
  errandIn,
  errandListings,
  errandPage,
  findErrandsNearIn,
  listMyErrandsIn,
  postErrandIn,
} from '@errand-dash/contract';
import {
  acceptErrand,
  cancelErrand,
  completeErrand,
  confirmErrand,
  findErrandsNear,
  getErrand,
  getErrandHistory,
  listMyErrands,
  postErrand,
  startErrand,
} from '@errand-dash/core';
import { presentErrand, presentErrandListing } from '../present/errands.present.ts';
import { router, signedInProcedure } from '../trpc.ts';

/** An errand's life, from the post to the paid runner. */
export const errandsRouter = router({
  /** Posts an errand and holds its whole cost. */
  post: signedInProcedure
    .input(postErrandIn)
    .output(errand)
    .mutation(async ({ ctx, input }) => presentErrand(await postErrand(ctx.core, ctx.call, input))),

  /** Errands of others that wait for a runner, nearest first. */
  findNear: signedInProcedure
    .input(findErrandsNearIn)
    .output(errandListings)
    .query(async ({ ctx, input }) => {
      const { errands, nextCursor } = await findErrandsNear(ctx.core, ctx.call, input);
      return { errands: errands.map(presentErrandListing), nextCursor };
    }),

  /** For its parties. */
  get: signedInProcedure
    .input(errandIn)
    .output(errand)
    .query(async ({ ctx, input }) => presentErrand(await getErrand(ctx.core, ctx.call, input))),

  /** The errands that the person posted or runs, newest first. */
  listMine: signedInProcedure
    .input(listMyErrandsIn)
    .output(errandPage)
    .query(async ({ ctx, input }) => {
      const { errands, nextCursor } = await listMyErrands(ctx.core, ctx.call, input);
      return { errands: errands.map(presentErrand), nextCursor };
    }),

  /** What happened to an errand, oldest first, for its parties. */
  history: signedInProcedure
    .input(errandIn)
    .output(errandHistory)
    .query(async ({ ctx, input }) => ({ changes: await getErrandHistory(ctx.core, ctx.call, input) })),

  /** A runner takes it. Of several at once one gets it. */
  accept: signedInProcedure
    .input(errandIn)
    .output(errand)
    .mutation(async ({ ctx, input }) => presentErrand(await acceptErrand(ctx.core, ctx.call, input))),

  /** The runner sets out. */
  start: signedInProcedure
    .input(errandIn)
    .output(errand)
    .mutation(async ({ ctx, input }) => presentErrand(await startErrand(ctx.core, ctx.call, input))),

  /** The runner has brought the items and says what they cost. */
  complete: signedInProcedure
    .input(completeErrandIn)
    .output(errand)
    .mutation(async ({ ctx, input }) => presentErrand(await completeErrand(ctx.core, ctx.call, input))),

  /** The sender says that it is done, and everybody is paid. Signed for from a limit on. */
  confirm: signedInProcedure
    .meta({ signedAction: 'errands.confirm', isSignedFromLimit: true })
    .input(endErrandIn)
    .output(errand)
    .mutation(async ({ ctx, input }) => presentErrand(await confirmErrand(ctx.core, ctx.call, input))),

  /**
   * The sender calls it off: the money is shared by the cancellation table, at most `costMaxMinor` to the runner.
   * Signed for where it pays from a limit on.
   */
  cancel: signedInProcedure
    .meta({ signedAction: 'errands.cancel', isSignedFromLimit: true })
    .input(cancelErrandIn)
    .output(errand)
    .mutation(async ({ ctx, input }) => presentErrand(await cancelErrand(ctx.core, ctx.call, input))),
});
