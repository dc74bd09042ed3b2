import {
  beginProviderLinkIn,
  beginProviderSignInIn,
  confirmTotpIn,
  finishProviderSignInIn,
  finishSecondFactorIn,
  identities,
  identity,
  linkProviderIn,
  myWaysIn,
  noInput,
  passwordState,
  providerCeremony,
  providerSignIn,
  removePasswordIn,
  removeTotpByCodeIn,
  removeTotpIn,
  secondFactorChallenge,
  setPasswordIn,
  signedIn,
  signInWithPasswordIn,
  signUpWithProviderIn,
  totpSecret,
  totpState,
  unlinkProviderIn,
  waysIn,
} from '@errand-dash/contract';
import {
  beginProviderLink,
  beginProviderSignIn,
  beginTotp,
  confirmTotp,
  finishProviderSignIn,
  finishSecondFactor,
  getMyWaysIn,
  getWaysIn,
  linkProvider,
  removePassword,
  removeTotp,
  removeTotpByCode,
  setPassword,
  signInWithPassword,
  signUpWithProvider,
  unlinkProvider,
} from '@errand-dash/core';
import { presentSignedIn } from '../present/auth.present.ts';
import {
  presentIdentity,
  presentIdentityCeremony,
  presentMyWaysIn,
  presentProviderSignIn,
  presentSecondFactor,
} from '../present/ways-in.present.ts';
import { publicProcedure, signedInProcedure } from '../trpc.ts';

/** The procedures of signing in by a password or an identity provider. */
const signInProcedures = {
  /** What is switched on here beside passkeys. */
  waysIn: publicProcedure
    .input(noInput)
    .output(waysIn)
    .query(({ ctx }) => getWaysIn(ctx.core)),

  /** The first step by password. Nobody is signed in by it: a second factor is always asked for. */
  signInWithPassword: publicProcedure
    .meta({ isSingleUse: true })
    .input(signInWithPasswordIn)
    .output(secondFactorChallenge)
    .mutation(async ({ ctx, input }) => {
      const { networkAddress } = ctx;
      return presentSecondFactor(await signInWithPassword(ctx.core, ctx.call, { ...input, networkAddress }));
    }),

  /** The second step of any sign-in without a passkey. */
  finishSecondFactor: publicProcedure
    .meta({ isSingleUse: true })
    .input(finishSecondFactorIn)
    .output(signedIn)
    .mutation(async ({ ctx, input }) => {
      const { userAgent, networkAddress } = ctx;
      const given = { ...input, userAgent, networkAddress };
      return presentSignedIn(await finishSecondFactor(ctx.core, ctx.call, given));
    }),

  /** Where a person is sent to sign in by an identity provider. */
  beginProviderSignIn: publicProcedure
    .input(beginProviderSignInIn)
    .output(providerCeremony)
    .mutation(async ({ ctx, input }) =>
      presentIdentityCeremony(await beginProviderSignIn(ctx.core, ctx.call, input)),
    ),

  /** What becomes of who came back from his identity provider. */
  finishProviderSignIn: publicProcedure
    .meta({ isSingleUse: true })
    .input(finishProviderSignInIn)
    .output(providerSignIn)
    .mutation(async ({ ctx, input }) => {
      const { userAgent, networkAddress } = ctx;
      const given = { ...input, userAgent, networkAddress };
      return presentProviderSignIn(await finishProviderSignIn(ctx.core, ctx.call, given));
    }),

  /** Makes an account for who came back from his identity provider without one. */
  signUpWithProvider: publicProcedure
    .meta({ isSingleUse: true })
    .input(signUpWithProviderIn)
    .output(signedIn)
    .mutation(async ({ ctx, input }) => {
      const { userAgent, networkAddress } = ctx;
      const given = { ...input, userAgent, networkAddress };
      return presentSignedIn(await signUpWithProvider(ctx.core, ctx.call, given));
    }),
};

/** The procedures by which a person says by what he signs in, beside passkeys. */
export const waysInProcedures = {
  ...signInProcedures,

  /** By what the person may sign in, beside passkeys. */
  myWaysIn: signedInProcedure
    .input(noInput)
    .output(myWaysIn)
    .query(async ({ ctx }) => presentMyWaysIn(ctx.core, await getMyWaysIn(ctx.core, ctx.call, {}))),

  /** Sets or changes the password, signed for. It needs a second factor beside it. */
  setPassword: signedInProcedure
    .meta({ signedAction: 'auth.setPassword' })
    .input(setPasswordIn)
    .output(passwordState)
    .mutation(({ ctx, input }) => setPassword(ctx.core, ctx.call, input)),

  /** Takes the password away, signed for. */
  removePassword: signedInProcedure
    .meta({ signedAction: 'auth.removePassword' })
    .input(removePasswordIn)
    .output(passwordState)
    .mutation(({ ctx, input }) => removePassword(ctx.core, ctx.call, input)),

  /** Begins to set up an authenticator app: its secret, shown once. */
  beginTotp: signedInProcedure
    .meta({ isSingleUse: true })
    .input(noInput)
    .output(totpSecret)
    .mutation(({ ctx }) => beginTotp(ctx.core, ctx.call, {})),

  /** Turns the authenticator app on, by one of its codes. */
  confirmTotp: signedInProcedure
    .meta({ isSingleUse: true })
    .input(confirmTotpIn)
    .output(totpState)
    .mutation(({ ctx, input }) => confirmTotp(ctx.core, ctx.call, input)),

  /** Turns the authenticator app off, signed for. */
  removeTotp: signedInProcedure
    .meta({ signedAction: 'auth.removeTotp' })
    .input(removeTotpIn)
    .output(totpState)
    .mutation(({ ctx, input }) => removeTotp(ctx.core, ctx.call, input)),

  /** Turns the authenticator app off, by one of its codes. */
  removeTotpByCode: signedInProcedure
    .meta({ isSingleUse: true })
    .input(removeTotpByCodeIn)
    .output(totpState)
    .mutation(({ ctx, input }) => removeTotpByCode(ctx.core, ctx.call, input)),

  /** Where the person is sent to show who he is at an identity provider, to link that to his account. */
  beginProviderLink: signedInProcedure
    .input(beginProviderLinkIn)
    .output(providerCeremony)
    .mutation(async ({ ctx, input }) =>
      presentIdentityCeremony(await beginProviderLink(ctx.core, ctx.call, input)),
    ),

  /** Links who the person is at an identity provider to his account. */
  linkProvider: signedInProcedure
    .meta({ isSingleUse: true })
    .input(linkProviderIn)
    .output(identity)
    .mutation(async ({ ctx, input }) =>
      presentIdentity(ctx.core, await linkProvider(ctx.core, ctx.call, input)),
    ),

  /** Takes an identity away from the account. Answers with those that are left. */
  unlinkProvider: signedInProcedure
    .input(unlinkProviderIn)
    .output(identities)
    .mutation(async ({ ctx, input }) => {
      const left = await unlinkProvider(ctx.core, ctx.call, input);
      return { identities: left.map((linked) => presentIdentity(ctx.core, linked)) };
    }),
};
