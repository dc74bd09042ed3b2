import { signedCommand } from '../approvals/index.ts';
import { lockPasskeys, savePasskeyRemoved, saveSessionsEnded } from '../auth/index.ts';
import { isRefusal, orThrow, refuse } from '../refusal.ts';
import { findAccountChangeRefusal, hasRecoveryFactor, requireUser } from '../users/index.ts';
import { decidePasskeyRemoval } from './passkey-count.rules.ts';
import { signedPasskeyRemoval } from './signed-passkeys.ts';

export interface RemovedPasskey {
  passkeyId: string;
  removedAt: Date;
  /** How many sessions ended that it had signed in. */
  sessionsEnded: number;
}

/**
 * Takes a passkey of the person's away, for which one of his must sign, itself or another: it signs nothing in and
 * nothing off any more, what it had signed in has ended, and the person is told. What it signed before stays proven.
 * Refuses with `OBJECT_NOT_FOUND`, `PASSKEY_LAST`, and for a day after a recovery `ACCOUNT_COOLING`: those that the
 * account had before are its owner's way back.
 */
export const removePasskey = signedCommand(signedPasskeyRemoval, async (tx, input, context) => {
  const { userId } = orThrow(requireUser(context.viewer));
  const { passkeyId, approvalId } = input;
  const own = await lockPasskeys(tx, userId);
  if (!own.includes(passkeyId)) return { refusal: refuse('OBJECT_NOT_FOUND', {}) };
  const cooling = await findAccountChangeRefusal(tx, context.viewer, context.now);
  if (cooling !== null) return { refusal: cooling };
  const decision = decidePasskeyRemoval({
    othersCount: own.length - 1,
    hasRecoveryFactor: await hasRecoveryFactor(tx, userId, context),
  });
  if (isRefusal(decision)) return { refusal: decision };
  await savePasskeyRemoved(tx, passkeyId, context.now);
  const ended = await saveSessionsEnded(tx, { userId, passkeyId }, context.now, 'passkey_removed');
  const result: RemovedPasskey = { passkeyId, removedAt: context.now, sessionsEnded: ended.length };
  const event = {
    name: 'passkey.removed' as const,
    subject: { type: 'passkey', id: passkeyId },
    audience: [userId],
    data: { approvalId, sessionsEnded: ended.length },
  };
  return { result, events: [event] };
});
