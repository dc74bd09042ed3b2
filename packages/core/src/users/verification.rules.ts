import type { Policy } from '../policy.ts';
import { type Decision, refuse } from '../refusal.ts';

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

/**
 * Whether one more code may go to a target, by when the last ones went there, newest first.
 * Refuses with `RATE_LIMITED`.
 */
export function decideSend(sentAt: readonly Date[], now: Date, policy: Policy['auth']): Decision<'send'> {
  const blocking = sentAt[policy.codesPerTargetMax - 1];
  if (blocking === undefined) return 'send';
  const freeAt = blocking.getTime() + policy.codeWindowSeconds * 1000;
  if (freeAt <= now.getTime()) return 'send';
  return refuse('RATE_LIMITED', { retryAfterSeconds: Math.ceil((freeAt - now.getTime()) / 1000) });
}
