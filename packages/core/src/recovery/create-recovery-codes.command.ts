import { signedCeremony } from '../approvals/index.ts';
import { orThrow } from '../refusal.ts';
import { findAccountChangeRefusal, replaceRecoveryCodes, requireUser } from '../users/index.ts';
import { endOpenRecoveries } from './recovery.store.ts';
import { signedRecoveryCodes } from './signed-recovery-codes.ts';

/** Codes that are shown this once. */
export interface RecoveryCodes {
  codes: string[];
  createdAt: Date;
}

/**
 * Gives the person who calls fresh recovery codes, signed for; all earlier ones are void, and
 * so are the open recoveries that one of them proved. Done again it makes others:
 * the codes are in no stored answer. Refuses with `SIGNATURE_REFUSED` and `ACCOUNT_COOLING`.
 */
export const createRecoveryCodes = signedCeremony(signedRecoveryCodes, async (tx, _input, context) => {
  const { userId } = orThrow(requireUser(context.viewer));
  const { now, policy } = context;
  const refusal = await findAccountChangeRefusal(tx, context.viewer, now);
  if (refusal !== null) return { refusal };
  const codes = await replaceRecoveryCodes(tx, context, userId, policy.recovery.recoveryCodes);
  // Once the codes are gone, so that none of them proves another meanwhile. New ones are made because the list was seen.
  await endOpenRecoveries(tx, userId, now, 'recovery_code');
  const result: RecoveryCodes = { codes, createdAt: now };
  const event = {
    name: 'recovery.codes_created' as const,
    subject: { type: 'user', id: userId },
    audience: [userId],
    data: { count: codes.length },
  };
  return { result, events: [event] };
});
