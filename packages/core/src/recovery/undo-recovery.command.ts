import type { Tx } from '@errand-dash/db';
import { saveSessionsEnded } from '../auth/index.ts';
import { after } from '../clock.ts';
import { type CommandContext, command } from '../command.ts';
import { MESSAGES_QUEUE } from '../messages/index.ts';
import { orThrow } from '../refusal.ts';
import {
  findCooling,
  findRecoveryFactors,
  lockPerson,
  requireUser,
  saveContactsCountFrom,
  tellContacts,
  voidRecoveryCodes,
} from '../users/index.ts';
import { decideUndo } from './recovery.rules.ts';
import {
  endOpenRecoveries,
  findSessionPasskeyAge,
  lockFinishedRecoveries,
  removePasskeysSince,
  saveRecovery,
} from './recovery.store.ts';
import { undoneMessage } from './recovery-messages.rules.ts';

/** What became of a recovery that its owner has not made. */
export interface UndoneRecovery {
  sessionsEnded: number;
  passkeysRemoved: number;
  /** How many recovery codes are void, since somebody has the list: where one of them brought him in. */
  codesVoided: number;
  /** Money still leaves only from this instant on. */
  coolingUntil: Date | null;
  /** From when phone and email bring the person back again; null where they brought nobody in. */
  contactsRecoverFrom: Date | null;
}

/**
 * Undoes the recoveries since the account began to cool that are younger than the passkey of this session: the passkeys
 * that came of them or were added since are removed, and all other sessions and recoveries end. What brought the other in
 * does so no more: the recovery codes are void, or phone and email bring nobody back before the owner had a while after
 * the cooling to change them. The cooling goes on, since nobody can tell here which of two people is the owner, and the
 * contacts are told. Refuses with `RECOVERY_NOT_UNDONE` where there is none that this session may undo.
 */
export const undoRecovery = command('recovery.undo', async (tx, _input: Record<string, never>, context) => {
  const { now } = context;
  const { userId, sessionId } = orThrow(requireUser(context.viewer));
  // Also where a recovery has ended this session meanwhile, which then is undone with the others.
  await lockPerson(tx, userId);
  const cooling = await findCooling(tx, userId, now);
  const finished = cooling === null ? [] : await lockFinishedRecoveries(tx, userId, cooling.since);
  const decision = orThrow(decideUndo(finished, await findSessionPasskeyAge(tx, sessionId)));
  for (const recovery of decision.undone) await saveRecovery(tx, recovery);
  await endOpenRecoveries(tx, userId, now);
  // Who has the list would else freeze the account with the next code, again and again.
  const isListKnown = decision.undone.some(({ factor }) => factor === 'recovery_code');
  const codesVoided = isListKnown ? await voidRecoveryCodes(tx, userId) : 0;
  const areContactsRead = decision.undone.some(({ factor }) => factor === 'contacts');
  const contactsRecoverFrom =
    areContactsRead && cooling !== null ? await restContacts(tx, context, userId, cooling.until) : null;
  const passkeysRemoved = await removePasskeysSince(tx, userId, decision.since, now);
  const which = { userId, exceptSessionId: sessionId };
  const sessionsEnded = (await saveSessionsEnded(tx, which, now, 'recovery_undone')).length;
  const result: UndoneRecovery = {
    sessionsEnded,
    passkeysRemoved,
    codesVoided,
    coolingUntil: cooling?.until ?? null,
    contactsRecoverFrom,
  };
  await tellContacts(tx, context, userId, {
    kind: 'recovery_undone',
    expiresAt: after(now, context.policy.recovery.noticeSeconds),
    textFor: (channel) => undoneMessage(channel, now, result),
  });
  const event = {
    name: 'recovery.undone' as const,
    subject: { type: 'user', id: userId },
    audience: [userId],
    data: {
      recoveryIds: decision.undone.map(({ id }) => id),
      passkeysRemoved,
      codesVoided,
      sessionsEnded,
      contactsRecoverFrom: contactsRecoverFrom?.toISOString() ?? null,
    },
  };
  return { result, events: [event], wake: [MESSAGES_QUEUE] };
});

/**
 * Who reads phone and mailbox would else come back at once, again and again, while the owner may not change them. So
 * their age is counted from the end of the cooling on. Answers from when they bring somebody back; null: he has not both.
 */
async function restContacts(
  tx: Tx,
  { policy }: CommandContext,
  userId: string,
  countFrom: Date,
): Promise<Date | null> {
  await saveContactsCountFrom(tx, userId, countFrom);
  return (await findRecoveryFactors(tx, userId, policy.recovery)).contactsRecoverFrom;
}
