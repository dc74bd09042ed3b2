import { saveSessionsEnded } from '../auth/index.ts';
import { command } from '../command.ts';
import { orThrow } from '../refusal.ts';
import { findCooling, lockPerson, requireUser, voidRecoveryCodes } from '../users/index.ts';
import { decideUndo } from './recovery.rules.ts';
import {
  endOpenRecoveries,
  findSessionPasskeyAge,
  lockFinishedRecoveries,
  removePasskeysSince,
  saveRecovery,
} from './recovery.store.ts';

/** What became of a recovery that its owner has not made. */
export interface UndoneRecovery {
  sessionsEnded: number;
  passkeysRemoved: number;
  /** How many recovery codes are void, since somebody has the list: where one of them brought him in. */
  codesVoided: number;
  /** Money still leaves only from this instant on. */
  coolingUntil: Date | null;
}

/**
 * Undoes the recoveries since the account began to cool that are younger than the passkey of this session: the passkeys
 * that came of them or were added since are removed, the recovery codes are void where one of them was used, and all other sessions
 * and recoveries end. The cooling goes on, since nobody can tell here which of two people is the owner. Refuses with `RECOVERY_NOT_UNDONE` where there is none that this session may undo.
 */
export const undoRecovery = command(
  'recovery.undo',
  async (tx, _input: Record<string, never>, { viewer, now }) => {
    const { userId, sessionId } = orThrow(requireUser(viewer));
    await lockPerson(tx, userId);
    const cooling = await findCooling(tx, userId, now);
    const finished = cooling === null ? [] : await lockFinishedRecoveries(tx, userId, cooling.since);
    const decision = orThrow(decideUndo(finished, await findSessionPasskeyAge(tx, sessionId)));
    for (const recovery of decision.undone) await saveRecovery(tx, recovery);
    await endOpenRecoveries(tx, userId, now);
    // Who has the list would else freeze the account with the next code, again and again.
    const isListKnown = decision.undone.some(({ factor }) => factor === 'recovery_code');
    const codesVoided = isListKnown ? await voidRecoveryCodes(tx, userId) : 0;
    const passkeysRemoved = await removePasskeysSince(tx, userId, decision.since, now);
    const which = { userId, exceptSessionId: sessionId };
    const sessionsEnded = (await saveSessionsEnded(tx, which, now, 'recovery_undone')).length;
    const result: UndoneRecovery = {
      sessionsEnded,
      passkeysRemoved,
      codesVoided,
      coolingUntil: cooling?.until ?? null,
    };
    const event = {
      name: 'recovery.undone' as const,
      subject: { type: 'user', id: userId },
      audience: [userId],
      data: { recoveryIds: decision.undone.map(({ id }) => id), passkeysRemoved, codesVoided, sessionsEnded },
    };
    return { result, events: [event] };
  },
);
