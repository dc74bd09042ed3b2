import type { Tx } from '@errand-dash/db';
import { after } from '../../clock.ts';
import { type CommandContext, question } from '../../command.ts';
import { findPasskeysByHandle } from '../passkeys/passkey.store.ts';
import { CHALLENGE_BYTES, ceremonyInsertion } from './ceremony.store.ts';
import {
  type CredentialDescriptor,
  type SignInOptions,
  type StartedCeremony,
  signInOptions,
} from './ceremony-options.rules.ts';
import { decoyCredentials } from './decoy-credentials.ts';

export interface BeginSignIn {
  handle?: string | undefined;
}

/**
 * Asks for an assertion by a passkey of the named person, or by any. For a name that nobody has it asks for
 * passkeys that do not exist, the same ones each time.
 */
export const beginSignIn = question('auth.beginSignIn', async (tx, input: BeginSignIn, context) => {
  const { core, now, policy } = context;
  const challenge = context.random(CHALLENGE_BYTES);
  const asked = input.handle === undefined ? anyPasskey : await passkeysOf(tx, context, input.handle);
  const ceremonyId = context.newId();
  const expiresAt = after(now, policy.auth.challengeSeconds);
  const ceremony = ceremonyInsertion({
    id: ceremonyId,
    purpose: 'sign_in',
    challenge,
    userId: asked.userId,
    sessionId: null,
    handle: null,
    displayName: null,
    allowedPasskeyIds: asked.passkeyIds,
    createdAt: now,
    expiresAt,
  });
  const options = signInOptions(core.auth, challenge, asked.descriptors, policy.auth.challengeSeconds);
  const result: StartedCeremony<SignInOptions> = { ceremonyId, options, expiresAt };
  return { result, writes: [ceremony] };
});

interface Asked {
  userId: string | null;
  /** Null: any. */
  passkeyIds: string[] | null;
  descriptors: CredentialDescriptor[];
}

const anyPasskey: Asked = { userId: null, passkeyIds: null, descriptors: [] };

async function passkeysOf(tx: Tx, { core }: CommandContext, handle: string): Promise<Asked> {
  const found = await findPasskeysByHandle(tx, handle);
  // Made for everybody, so that the time is the same.
  const decoys = decoyCredentials(core.auth.decoyKey, handle);
  return {
    userId: found[0]?.userId ?? null,
    passkeyIds: found.map(({ passkeyId }) => passkeyId),
    descriptors: found.length === 0 ? decoys : found.map(({ descriptor }) => descriptor),
  };
}
