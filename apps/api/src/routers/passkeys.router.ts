import {
  addFirstPasskeyIn,
  addPasskeyIn,
  noInput,
  passkey,
  passkeys,
  registrationCeremony,
  removedPasskey,
  removePasskeyIn,
  renamePasskeyIn,
} from '@errand-dash/contract';
import {
  addFirstPasskey,
  addPasskey,
  beginAddPasskey,
  listPasskeys,
  removePasskey,
  renamePasskey,
} from '@errand-dash/core';
import { presentPasskey, presentRemovedPasskey } from '../present/passkeys.present.ts';
import { signedInProcedure } from '../trpc.ts';

/** The procedures by which a person keeps his passkeys in order. */
export const passkeyProcedures = {
  /** The person's own passkeys, oldest first. */
  listPasskeys: signedInProcedure
    .input(noInput)
    .output(passkeys)
    .query(async ({ ctx }) => ({
      passkeys: (await listPasskeys(ctx.core, ctx.call, {})).map(presentPasskey),
    })),

  /** Asks for a further passkey, on any authenticator but those that hold one of the person's. */
  beginAddPasskey: signedInProcedure
    .input(noInput)
    .output(registrationCeremony)
    .mutation(({ ctx }) => beginAddPasskey(ctx.core, ctx.call, {})),

  /** Adds the passkey that was made, signed for with one that the person has. */
  addPasskey: signedInProcedure
    .meta({ signedAction: 'auth.addPasskey' })
    .input(addPasskeyIn)
    .output(passkey)
    .mutation(async ({ ctx, input }) => presentPasskey(await addPasskey(ctx.core, ctx.call, input))),

  /** Adds the passkey that was made where the account never had one: in a session that has just begun. */
  addFirstPasskey: signedInProcedure
    .meta({ isSingleUse: true })
    .input(addFirstPasskeyIn)
    .output(passkey)
    .mutation(async ({ ctx, input }) => presentPasskey(await addFirstPasskey(ctx.core, ctx.call, input))),

  renamePasskey: signedInProcedure
    .input(renamePasskeyIn)
    .output(passkey)
    .mutation(async ({ ctx, input }) => presentPasskey(await renamePasskey(ctx.core, ctx.call, input))),

  /** Takes a passkey away, signed for, and signs out whatever had signed in with it. */
  removePasskey: signedInProcedure
    .meta({ signedAction: 'auth.removePasskey' })
    .input(removePasskeyIn)
    .output(removedPasskey)
    .mutation(async ({ ctx, input }) =>
      presentRemovedPasskey(await removePasskey(ctx.core, ctx.call, input)),
    ),
};
