import { saveSessionsEnded } from '../auth/index.ts';
import { after } from '../clock.ts';
import { command } from '../command.ts';
import { orThrow } from '../refusal.ts';
import { findMoneyOutFrom, lockPerson, requireUser } from '../users/index.ts';
import { decideUndo } from './recovery.rules.ts';
import {
  findSessionPasskeyAge,
  lockFinishedRecoveries,
  removePasskeysSince,
  saveRecovery,
} from './recovery.store.ts';

/** What became of a recovery that its owner has not made. */
export interface UndoneRecovery {
  sessionsEnded: number;
  passkeysRemoved: number;
  /** Money still leaves only from this instant on. */
  coolingUntil: Date | null;
}

/**
 * Undoes the recoveries of the last day that are younger than the passkey of this session: the passkeys that came of
 * them or were added since are removed, and all other sessions end. The cooling goes on, since nobody can tell here
 * which of two people is the owner. Refuses with `RECOVERY_NOT_UNDONE` where there is none that this session may undo.
 */
export const undoRecovery = command(
  'recovery.undo',
  async (tx, _input: Record<string, never>, { viewer, now, policy }) => {
    const { userId, sessionId } = orThrow(requireUser(viewer));
    await lockPerson(tx, userId);
    const since = after(now, -policy.recovery.coolingSeconds);
    const finished = await lockFinishedRecoveries(tx, userId, since);
    const decision = orThrow(decideUndo(finished, await findSessionPasskeyAge(tx, sessionId)));
    for (const recovery of decision.undone) await saveRecovery(tx, recovery);
    const passkeysRemoved = await removePasskeysSince(tx, userId, decision.since, now);
    const which = { userId, exceptSessionId: sessionId };
    const sessionsEnded = (await saveSessionsEnded(tx, which, now, 'recovery_undone')).length;
    const result: UndoneRecovery = {
      sessionsEnded,
      passkeysRemoved,
      coolingUntil: await findMoneyOutFrom(tx, userId),
    };
    const event = {
      name: 'recovery.undone' as const,
      subject: { type: 'user', id: userId },
      audience: [userId],
      data: { recoveryIds: decision.undone.map(({ id }) => id), passkeysRemoved, sessionsEnded },
    };
    return { result, events: [event] };
  },
);
