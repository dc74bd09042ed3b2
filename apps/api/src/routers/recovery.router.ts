import {
  beginRecoveryIn,
  createRecoveryCodesIn,
  finishRecoveryIn,
  noInput,
  proveByContactsIn,
  proveByRecoveryCodeIn,
  recoveryBegun,
  recoveryCodes,
  recoveryCodesSent,
  recoveryIn,
  recoveryProven,
  recoveryStatus,
  recoveryUndone,
  signedIn,
} from '@errand-dash/contract';
import {
  askForCodes,
  beginRecovery,
  createRecoveryCodes,
  finishRecovery,
  getRecoveryStatus,
  proveRecovery,
  undoRecovery,
} from '@errand-dash/core';
import { presentSignedIn } from '../present/auth.present.ts';
import { presentRecovery } from '../present/recovery.present.ts';
import { publicProcedure, router, signedInProcedure } from '../trpc.ts';

/** Coming back to an account without a passkey. */
export const recoveryRouter = router({
  /** By what the person could come back, and whether he just did. */
  status: signedInProcedure
    .input(noInput)
    .output(recoveryStatus)
    .query(({ ctx }) => getRecoveryStatus(ctx.core, ctx.call, {})),

  /** Makes ten codes that are shown this once, signed for. Earlier ones are void. */
  createCodes: signedInProcedure
    .meta({ isSingleUse: true, signedAction: 'recovery.createCodes' })
    .input(createRecoveryCodesIn)
    .output(recoveryCodes)
    .mutation(({ ctx, input }) => createRecoveryCodes(ctx.core, ctx.call, input)),

  /** Undoes the recoveries since the account began to cool, for who signed in with a passkey that is older. */
  undo: signedInProcedure
    .input(noInput)
    .output(recoveryUndone)
    .mutation(({ ctx }) => undoRecovery(ctx.core, ctx.call, {})),

  /** Begins to bring somebody back. The answer is the same for a name that nobody has. */
  begin: publicProcedure
    .input(beginRecoveryIn)
    .output(recoveryBegun)
    .mutation(async ({ ctx, input }) => presentRecovery(await beginRecovery(ctx.core, ctx.call, input))),

  /** Has a code sent to the verified phone and another to the verified email address, if there are both. */
  sendCodes: publicProcedure
    .input(recoveryIn)
    .output(recoveryCodesSent)
    .mutation(({ ctx, input }) => {
      const { networkAddress } = ctx;
      return askForCodes(ctx.core, ctx.call, { ...input, networkAddress });
    }),

  proveByRecoveryCode: publicProcedure
    .meta({ isSingleUse: true })
    .input(proveByRecoveryCodeIn)
    .output(recoveryProven)
    .mutation(({ ctx, input }) => proveRecovery(ctx.core, ctx.call, input)),

  proveByContacts: publicProcedure
    .meta({ isSingleUse: true })
    .input(proveByContactsIn)
    .output(recoveryProven)
    .mutation(({ ctx, input }) => proveRecovery(ctx.core, ctx.call, input)),

  /** Gives the person a new passkey and a session on it. All other sessions end, and no money leaves for a day. */
  finish: publicProcedure
    .meta({ isSingleUse: true })
    .input(finishRecoveryIn)
    .output(signedIn)
    .mutation(async ({ ctx, input }) => {
      const { userAgent, networkAddress } = ctx;
      const given = { ...input, userAgent, networkAddress };
      return presentSignedIn(await finishRecovery(ctx.core, ctx.call, given));
    }),
});
