import { signedCommand } from '../../approvals/index.ts';
import { saveSessionsEnded } from '../../auth/index.ts';
import type { CommandOutcome } from '../../command.ts';
import { orThrow, refuse } from '../../refusal.ts';
import { findAccountChangeRefusal, requireUser } from '../../users/index.ts';
import { consumeOpenChallenges } from '../second-factors/second-factor.store.ts';
import { deletePassword } from './password.store.ts';
import type { PasswordState } from './set-password.command.ts';
import { signedPasswordRemoval } from './signed-password.ts';

/**
 * Takes the password away, signed by a passkey, also where passwords are switched off by now, and ends all the person's
 * other sessions. Refuses with `SIGNATURE_REFUSED`, `ACCOUNT_COOLING`, and `OBJECT_NOT_FOUND` where there is none.
 */
export const removePassword = signedCommand(
  signedPasswordRemoval,
  async (tx, _input, { viewer, now }): Promise<CommandOutcome<PasswordState>> => {
    const { userId, sessionId } = orThrow(requireUser(viewer));
    const cooling = await findAccountChangeRefusal(tx, viewer, now);
    if (cooling !== null) return { refusal: cooling };
    if (!(await deletePassword(tx, userId))) return { refusal: refuse('OBJECT_NOT_FOUND', {}) };
    await consumeOpenChallenges(tx, userId, 'password', now);
    const others = { userId, exceptSessionId: sessionId };
    const sessionsEnded = (await saveSessionsEnded(tx, others, now, 'password_removed')).length;
    const event = {
      name: 'user.password_removed' as const,
      subject: { type: 'user', id: userId },
      audience: [userId],
      data: { sessionsEnded },
    };
    return { result: { passwordSetAt: null }, events: [event] };
  },
);
