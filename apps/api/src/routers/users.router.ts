import {
  confirmPhoneVerificationIn,
  me,
  noInput,
  phoneVerification,
  startPhoneVerificationIn,
  takeRoleIn,
} from '@errand-dash/contract';
import { confirmPhoneVerification, getMe, startPhoneVerification, takeRole } from '@errand-dash/core';
import { presentMe, presentPhoneVerification } from '../present/users.present.ts';
import { router, signedInProcedure } from '../trpc.ts';

/** The signed-in person's own account. */
export const usersRouter = router({
  me: signedInProcedure
    .input(noInput)
    .output(me)
    .query(async ({ ctx }) => presentMe(await getMe(ctx.core, ctx.call, {}))),

  takeRole: signedInProcedure
    .input(takeRoleIn)
    .output(me)
    .mutation(async ({ ctx, input }) => presentMe(await takeRole(ctx.core, ctx.call, input))),

  startPhoneVerification: signedInProcedure
    .meta({ isSingleUse: true })
    .input(startPhoneVerificationIn)
    .output(phoneVerification)
    .mutation(async ({ ctx, input }) =>
      presentPhoneVerification(await startPhoneVerification(ctx.core, ctx.call, input)),
    ),

  confirmPhoneVerification: signedInProcedure
    .meta({ isSingleUse: true })
    .input(confirmPhoneVerificationIn)
    .output(me)
    .mutation(async ({ ctx, input }) => presentMe(await confirmPhoneVerification(ctx.core, ctx.call, input))),
});
