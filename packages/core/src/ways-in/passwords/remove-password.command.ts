import { signedCommand } from '../../approvals/index.ts';
import type { CommandOutcome } from '../../command.ts';
import { orThrow, refuse } from '../../refusal.ts';
import { requireUser } from '../../users/index.ts';
import { consumeOpenChallenges } from '../second-factors/second-factor.store.ts';
import { deletePassword } from './password.store.ts';
import type { PasswordState } from './set-password.command.ts';
import { signedPasswordRemoval } from './signed-password.ts';

/**
 * Takes the password away, signed by a passkey, also where passwords are switched off by now.
 * Refuses with `SIGNATURE_REFUSED`, and `OBJECT_NOT_FOUND` where there is none.
 */
export const removePassword = signedCommand(
  signedPasswordRemoval,
  async (tx, _input, { viewer, now }): Promise<CommandOutcome<PasswordState>> => {
    const { userId } = orThrow(requireUser(viewer));
    if (!(await deletePassword(tx, userId))) return { refusal: refuse('OBJECT_NOT_FOUND', {}) };
    await consumeOpenChallenges(tx, userId, 'password', now);
    return {
      result: { passwordSetAt: null },
      events: [{ name: 'user.password_removed', subject: { type: 'user', id: userId }, audience: [userId] }],
    };
  },
);
