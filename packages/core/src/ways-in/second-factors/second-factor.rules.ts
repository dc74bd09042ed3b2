import { after } from '../../clock.ts';
import type { Policy } from '../../policy.ts';
import { type Decision, refuse } from '../../refusal.ts';
import { canRecover, type RecoveryFactors } from '../../users/index.ts';

/** What a try at a challenge does: a wrong code is counted although it is refused. */
export type TryDecision = 'try';

/**
 * Whether a code may be tried for a challenge: it is this device's, open, in time, and the person had not too many
 * wrong ones in the last while. Refuses with `CODE_SPENT`, or with `RATE_LIMITED` until the oldest of them is past.
 */
export function decideTry(
  challenge: { isSameDevice: boolean; triesLeft: number; expiresAt: Date; consumedAt: Date | null } | null,
  wrong: WrongTries,
  now: Date,
  policy: Policy['waysIn'],
): Decision<TryDecision> {
  if (challenge === null || !challenge.isSameDevice) return refuse('CODE_SPENT', {});
  const isOpen = challenge.consumedAt === null && challenge.triesLeft > 0 && challenge.expiresAt > now;
  return isOpen ? decideRate(wrong, now, policy) : refuse('CODE_SPENT', {});
}

/** The wrong tries of a person in the last while, and when the oldest challenge of those was made. */
export interface WrongTries {
  wrongTries: number;
  oldestAt: Date | null;
}

/** Refuses with `RATE_LIMITED` where there were too many wrong codes. */
export function decideRate(
  { wrongTries, oldestAt }: WrongTries,
  now: Date,
  policy: Policy['waysIn'],
): Decision<TryDecision> {
  if (wrongTries < policy.secondFactorWrongMax || oldestAt === null) return 'try';
  const freeAt = after(oldestAt, policy.secondFactorWindowSeconds);
  const seconds = Math.ceil((freeAt.getTime() - now.getTime()) / 1000);
  return refuse('RATE_LIMITED', { retryAfterSeconds: Math.max(1, seconds) });
}

/**
 * Whether a recovery code may be spent on a sign-in: not the one by which alone its person could still come to a
 * passkey.
 */
export const hasCodeToSpare = (
  factors: Pick<RecoveryFactors, 'codesLeft' | 'contactsRecoverFrom'>,
  passkeysCount: number,
  now: Date,
): boolean => {
  const codesLeft = factors.codesLeft - 1;
  return codesLeft >= 0 && (passkeysCount > 0 || canRecover({ ...factors, codesLeft }, now));
};
