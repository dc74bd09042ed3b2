import { signedCommand } from '../approvals/index.ts';
import {
  findPasskeysByUser,
  refuseCredential,
  savePasskey,
  takeCeremony,
  takeCredential,
} from '../auth/index.ts';
import { isRefusal, orThrow } from '../refusal.ts';
import { findAccountChangeRefusal, requireUser } from '../users/index.ts';
import type { PasskeyView } from './list-passkeys.query.ts';
import { decideAnotherPasskey } from './passkey-count.rules.ts';
import { signedNewPasskey } from './signed-passkeys.ts';

/**
 * Gives the person another passkey, for which one of those that he has must sign, and tells him. The ceremony is
 * consumed whatever becomes of a credential that was signed for. Refuses with `REGISTRATION_REFUSED`, without saying
 * why, `PASSKEY_LIMIT_REACHED`, and for a day after a recovery `ACCOUNT_COOLING`: who came back wrongly would make
 * himself at home.
 */
export const addPasskey = signedCommand(signedNewPasskey, async (tx, input, context) => {
  const { userId, sessionId } = orThrow(requireUser(context.viewer));
  const cooling = await findAccountChangeRefusal(tx, context.viewer, context.now);
  if (cooling !== null) return { refusal: cooling };
  const purpose = { purpose: 'add_passkey', userId, sessionId } as const;
  const started = await takeCeremony(tx, context.core, purpose, input.ceremony);
  const credential = await takeCredential(tx, context, started, input.response);
  if (typeof credential === 'string') return { refusal: refuseCredential(context, input, credential) };
  const decision = decideAnotherPasskey((await findPasskeysByUser(tx, userId)).length, context.policy.auth);
  if (isRefusal(decision)) return { refusal: decision };
  const passkeyId = context.newId();
  const { name, approvalId } = input;
  await savePasskey(tx, { id: passkeyId, userId, name, credential, createdAt: context.now });
  const result: PasskeyView = {
    passkeyId,
    name,
    createdAt: context.now,
    lastUsedAt: null,
    isBackedUp: credential.isBackedUp,
    transports: credential.transports,
    isCurrent: false,
  };
  const event = {
    name: 'passkey.added' as const,
    subject: { type: 'passkey', id: passkeyId },
    audience: [userId],
    data: { approvalId },
  };
  return { result, events: [event] };
});
