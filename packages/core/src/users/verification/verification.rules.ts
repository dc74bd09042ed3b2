import type { Policy } from '../../policy.ts';
import { type Decision, refuse } from '../../refusal.ts';

/** A sent code, as far as an attempt with it is decided. */
export interface SentCode {
  triesLeft: number;
  expiresAt: Date;
  spentAt: Date | null;
}

/** What an attempt does: a wrong code is counted although it is refused. Refuses a code past use with `CODE_SPENT`. */
export function decideAttempt(
  code: SentCode,
  isRight: boolean,
  now: Date,
): Decision<'accept' | 'countWrong'> {
  if (code.spentAt !== null || code.triesLeft <= 0 || code.expiresAt <= now) return refuse('CODE_SPENT', {});
  return isRight ? 'accept' : 'countWrong';
}

/** A code that went to a target before, and who had asked for it. */
export interface EarlierCode {
  userId: string;
  createdAt: Date;
}

/**
 * Whether one more code may go to a target, by the last ones that went there, newest first. Each asker has an
 * allowance of his own for it, and all of them together have one for the peace of whom it belongs to. That one never
 * stops the person whose verified target it is. Refuses with `RATE_LIMITED`.
 */
export function decideSend(
  earlier: readonly EarlierCode[],
  asker: { userId: string; isOwner: boolean },
  now: Date,
  policy: Policy['auth'],
): Decision<'send'> {
  const own = earlier.filter(({ userId }) => userId === asker.userId);
  const freeAt = Math.max(
    freeAtOf(own, policy.codesPerTargetMax, policy),
    asker.isOwner ? 0 : freeAtOf(earlier, policy.codesPerTargetOfAllMax, policy),
  );
  if (freeAt <= now.getTime()) return 'send';
  return refuse('RATE_LIMITED', { retryAfterSeconds: Math.ceil((freeAt - now.getTime()) / 1000) });
}

function freeAtOf(earlier: readonly EarlierCode[], max: number, policy: Policy['auth']): number {
  const blocking = earlier[max - 1];
  return blocking === undefined ? 0 : blocking.createdAt.getTime() + policy.codeWindowSeconds * 1000;
}
