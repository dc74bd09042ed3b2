import type { Policy } from '../../policy.ts';
import { type Decision, refuse } from '../../refusal.ts';

/** What is known when a refresh token of ours is presented. */
export interface PresentedToken {
  spentAt: Date | null;
  /** Whether the token that followed it was spent too. */
  isSuccessorSpent: boolean;
  isSameDevice: boolean;
  session: { endedAt: Date | null; idleExpiresAt: Date; absoluteExpiresAt: Date };
  isSuspended: boolean;
}

/** `repeat` gives the same successor once more; `endFamily` is for a token that was stolen, here or before. */
export type RefreshDecision = 'rotate' | 'repeat' | 'endFamily';

/**
 * What becomes of a presented refresh token. A spent one is answered again only where its answer may have been
 * lost: to the same device, within the grace, before the successor was used.
 * Refuses with `REFRESH_TOKEN_INVALID` or `USER_SUSPENDED`.
 */
export function decideRefresh(
  token: PresentedToken,
  now: Date,
  policy: Policy['auth'],
): Decision<RefreshDecision> {
  const { session } = token;
  if (session.endedAt !== null) return refuse('REFRESH_TOKEN_INVALID', {});
  if (session.idleExpiresAt <= now || session.absoluteExpiresAt <= now)
    return refuse('REFRESH_TOKEN_INVALID', {});
  // A token without the name of its device was copied: it is of no use, and its owner is not signed out by it.
  if (token.spentAt === null && !token.isSameDevice) return refuse('REFRESH_TOKEN_INVALID', {});
  if (token.spentAt !== null && !mayRepeat(token, token.spentAt, now, policy)) return 'endFamily';
  if (token.isSuspended) return refuse('USER_SUSPENDED', {});
  return token.spentAt === null ? 'rotate' : 'repeat';
}

function mayRepeat(token: PresentedToken, spentAt: Date, now: Date, policy: Policy['auth']): boolean {
  const isInGrace = now.getTime() - spentAt.getTime() <= policy.refreshGraceSeconds * 1000;
  return isInGrace && token.isSameDevice && !token.isSuccessorSpent;
}

/** When a session that is used now ends by itself if it is not used again: never after its absolute end. */
export function idleExpiry(now: Date, absoluteExpiresAt: Date, policy: Policy['auth']): Date {
  return new Date(Math.min(now.getTime() + policy.refreshIdleSeconds * 1000, absoluteExpiresAt.getTime()));
}
