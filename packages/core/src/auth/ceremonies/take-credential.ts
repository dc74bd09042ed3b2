import type { Tx } from '@errand-dash/db';
import type { CommandContext } from '../../command.ts';
import { type Refusal, refuse } from '../../refusal.ts';
import { isCredentialIdFree } from '../passkeys/passkey.store.ts';
import {
  type RegistrationResponse,
  type VerifiedCredential,
  verifyRegistration,
} from '../passkeys/verify-registration.ts';
import { type Ceremony, ceremonyIdOf } from './sealed-ceremony.ts';

/**
 * The credential that an authenticator made for a ceremony, which was consumed before, or what speaks against it, for
 * the log. Until the end of the transaction nobody else takes the same credential id.
 */
export async function takeCredential(
  tx: Tx,
  { core, now }: CommandContext,
  ceremony: Pick<Ceremony<unknown>, 'challenge' | 'expiresAt'> | null,
  response: RegistrationResponse,
): Promise<VerifiedCredential | string> {
  if (ceremony === null) return NO_CEREMONY;
  if (ceremony.expiresAt <= now) return 'the ceremony has expired';
  const { origins, rpId } = core.auth;
  const verdict = await verifyRegistration(response, { challenge: ceremony.challenge, origins, rpId });
  if (!verdict.isVerified) return verdict.reason;
  const isFree = await isCredentialIdFree(tx, verdict.credential.credentialId);
  return isFree ? verdict.credential : 'the credential id is known';
}

/** What the log says of a ceremony that was never begun, not for this, or is used up. */
export const NO_CEREMONY = 'no such ceremony';

/** What the audit log names of a ceremony that was refused. */
export const ceremonySubjects = (ceremonyId: string | null) =>
  ceremonyId === null ? [] : [{ type: 'ceremony', id: ceremonyId }];

/** The one answer to a credential that was not taken. Why is in the log alone. */
export function refuseCredential(
  { core, audit }: CommandContext,
  { ceremony }: { ceremony: string },
  reason: string,
): Refusal {
  const ceremonyId = ceremonyIdOf(ceremony);
  audit({ subjects: ceremonySubjects(ceremonyId), data: { reason } });
  core.log('warn', 'a new passkey was refused', { ceremonyId, reason });
  return refuse('REGISTRATION_REFUSED', {});
}
