import {
  confirmVerificationIn,
  contactVerification,
  me,
  noInput,
  startEmailVerificationIn,
  startPhoneVerificationIn,
  takeRoleIn,
} from '@errand-dash/contract';
import { confirmVerification, getMe, startVerification, takeRole } from '@errand-dash/core';
import { presentMe, presentVerification } from '../present/users.present.ts';
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

  /** Sends a code to a phone. The answer is the same whether another account has it or not. */
  startPhoneVerification: signedInProcedure
    .meta({ isSingleUse: true })
    .input(startPhoneVerificationIn)
    .output(contactVerification)
    .mutation(async ({ ctx, input }) =>
      presentVerification(
        await startVerification(ctx.core, ctx.call, { channel: 'phone', contact: input.phone }),
      ),
    ),

  confirmPhoneVerification: signedInProcedure
    .meta({ isSingleUse: true })
    .input(confirmVerificationIn)
    .output(me)
    .mutation(async ({ ctx, input }) =>
      presentMe(await confirmVerification(ctx.core, ctx.call, { channel: 'phone', ...input })),
    ),

  /** Sends a code to an email address. The answer is the same whether another account has it or not. */
  startEmailVerification: signedInProcedure
    .meta({ isSingleUse: true })
    .input(startEmailVerificationIn)
    .output(contactVerification)
    .mutation(async ({ ctx, input }) =>
      presentVerification(
        await startVerification(ctx.core, ctx.call, { channel: 'email', contact: input.email }),
      ),
    ),

  confirmEmailVerification: signedInProcedure
    .meta({ isSingleUse: true })
    .input(confirmVerificationIn)
    .output(me)
    .mutation(async ({ ctx, input }) =>
      presentMe(await confirmVerification(ctx.core, ctx.call, { channel: 'email', ...input })),
    ),
});
