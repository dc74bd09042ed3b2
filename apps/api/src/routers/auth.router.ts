import {
  beginRegistrationIn,
  beginSignInIn,
  finishRegistrationIn,
  finishSignInIn,
  noInput,
  noOutput,
  refreshIn,
  registrationCeremony,
  signedIn,
  signInCeremony,
  tokens,
} from '@errand-dash/contract';
import {
  beginRegistration,
  beginSignIn,
  finishRegistration,
  finishSignIn,
  refreshSession,
  signOut,
} from '@errand-dash/core';
import { presentSignedIn, presentTokens } from '../present/auth.present.ts';
import { publicProcedure, router, signedInProcedure } from '../trpc.ts';
import { passkeyProcedures } from './passkeys.router.ts';
import { sessionProcedures } from './sessions.router.ts';
import { waysInProcedures } from './ways-in.router.ts';

/** Passkeys, sessions, and the other ways in. */
export const authRouter = router({
  beginRegistration: publicProcedure
    .input(beginRegistrationIn)
    .output(registrationCeremony)
    .mutation(({ ctx, input }) => beginRegistration(ctx.core, ctx.call, input)),

  finishRegistration: publicProcedure
    .meta({ isSingleUse: true })
    .input(finishRegistrationIn)
    .output(signedIn)
    .mutation(async ({ ctx, input }) => {
      const { userAgent, networkAddress } = ctx;
      const given = { ...input, userAgent, networkAddress };
      return presentSignedIn(await finishRegistration(ctx.core, ctx.call, given));
    }),

  beginSignIn: publicProcedure
    .input(beginSignInIn)
    .output(signInCeremony)
    .mutation(({ ctx, input }) => beginSignIn(ctx.core, ctx.call, input)),

  finishSignIn: publicProcedure
    .meta({ isSingleUse: true })
    .input(finishSignInIn)
    .output(signedIn)
    .mutation(async ({ ctx, input }) => {
      const { userAgent, networkAddress } = ctx;
      const given = { ...input, userAgent, networkAddress };
      return presentSignedIn(await finishSignIn(ctx.core, ctx.call, given));
    }),

  refresh: publicProcedure
    .input(refreshIn)
    .output(tokens)
    .mutation(async ({ ctx, input }) => {
      const { networkAddress } = ctx;
      return presentTokens(await refreshSession(ctx.core, ctx.call, { ...input, networkAddress }));
    }),

  signOut: signedInProcedure
    .input(noInput)
    .output(noOutput)
    .mutation(async ({ ctx }) => {
      await signOut(ctx.core, ctx.call, {});
      return {};
    }),

  ...passkeyProcedures,
  ...sessionProcedures,
  ...waysInProcedures,
});
