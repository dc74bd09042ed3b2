import type { Tx } from '@errand-dash/db';
import {
  type DevicePlace,
  type RegistrationResponse,
  type SignedIn,
  savePasskey,
  saveSessionsEnded,
  startSession,
  takeCredential,
  type VerifiedCredential,
} from '../auth/index.ts';
import { after } from '../clock.ts';
import { type CommandContext, type CommandOutcome, ceremony } from '../command.ts';
import { MESSAGES_QUEUE } from '../messages/index.ts';
import { orThrow, refuse } from '../refusal.ts';
import {
  canRecoverByContacts,
  findCooling,
  getPersonWithKey,
  lockPerson,
  saveCooling,
  tellContacts,
} from '../users/index.ts';
import { noteRecovery } from './note-recovery.ts';
import { decideAnswer, decideFinish, noChallenge, type Recovery } from './recovery.rules.ts';
import {
  endOpenRecoveries,
  findRecovering,
  findRecoveryUser,
  lockRecovery,
  removeUnprovenPasskeys,
  saveRecovery,
} from './recovery.store.ts';
import { finishedMessage } from './recovery-messages.rules.ts';

export interface FinishRecovery extends DevicePlace {
  recoveryId: string;
  response: RegistrationResponse;
  passkeyName?: string | undefined;
}

/**
 * Gives the person who proved himself a new passkey, without a signature by one, and a session on it. All his other
 * sessions and recoveries end, a first passkey of the same day goes, no money leaves for a day, and he is told by every
 * way that there is. The challenge is consumed whatever becomes of the answer. Refuses with `RECOVERY_REFUSED`, without saying why.
 */
export const finishRecovery = ceremony(
  'recovery.finish',
  async (tx, input: FinishRecovery, context): Promise<CommandOutcome<SignedIn>> => {
    // The person before the recovery: two that finish at once end each other's.
    const userId = await findRecoveryUser(tx, input.recoveryId);
    if (userId !== null) await lockPerson(tx, userId);
    const recovery = await lockRecovery(tx, input.recoveryId);
    const answered = recovery && decideAnswer(recovery, context.now);
    const attempt = { id: input.recoveryId, userId };
    if (recovery === null || answered === null) return refused(context, attempt, 'no such challenge');
    const consumed: Recovery = { ...recovery, ...noChallenge };
    await saveRecovery(tx, consumed);
    const credential = await takeCredential(tx, context, answered, input.response);
    if (typeof credential === 'string') return refused(context, attempt, credential);
    if ((await findRecovering(tx, answered.userId)) === null) {
      return refused(context, attempt, 'the person is suspended');
    }
    // His since the codes were sent, or another is verified by now.
    if (recovery.factor === 'contacts' && !(await canRecoverByContacts(tx, answered.userId, context))) {
      return refused(context, attempt, 'the contacts have changed');
    }
    return enter(tx, context, { recovery: consumed, userId: answered.userId }, credential, input);
  },
);

async function enter(
  tx: Tx,
  context: CommandContext,
  { recovery, userId }: { recovery: Recovery; userId: string },
  credential: VerifiedCredential,
  input: FinishRecovery,
): Promise<CommandOutcome<SignedIn>> {
  const { core, now, policy } = context;
  const passkeyId = context.newId();
  const name = input.passkeyName ?? 'Passkey';
  const cooling = await findCooling(tx, userId, now);
  // Who added the first one had but a session, and could else undo this. Before the sessions end, or one that it begins
  // at this moment would not.
  const passkeysRemoved =
    cooling === null ? 0 : await removeUnprovenPasskeys(tx, userId, { since: cooling.since, now });
  const sessionsEnded = (await saveSessionsEnded(tx, { userId }, now, 'account_recovered')).length;
  await savePasskey(tx, { id: passkeyId, userId, name, credential, createdAt: now });
  await saveRecovery(tx, orThrow(decideFinish(recovery, passkeyId, now)));
  // Who was first has the account. This one has finished.
  await endOpenRecoveries(tx, userId, now);
  const { coolingSeconds, contactAgeSeconds } = policy.recovery;
  const availableFrom = after(now, coolingSeconds);
  await saveCooling(tx, userId, { now, until: availableFrom, contactAgeSeconds });
  await tellContacts(tx, context, userId, {
    kind: 'recovery_finished',
    expiresAt: after(now, policy.recovery.noticeSeconds),
    textFor: (channel) => finishedMessage(channel, now, availableFrom),
  });
  const { deviceId, userAgent, networkAddress } = input;
  const account = await getPersonWithKey(tx, core.keyring, userId);
  const given = { ...account, passkeyId, deviceId, userAgent, networkAddress };
  const { result, event, writes } = await startSession(context, given);
  const finished = {
    name: 'recovery.finished' as const,
    subject: { type: 'user', id: userId },
    audience: [userId],
    data: {
      recoveryId: recovery.id,
      factor: recovery.factor,
      passkeyId,
      sessionsEnded,
      passkeysRemoved,
      availableFrom: availableFrom.toISOString(),
    },
  };
  return { result, events: [finished, event], writes, wake: [MESSAGES_QUEUE] };
}

function refused(context: CommandContext, attempt: Pick<Recovery, 'id' | 'userId'>, reason: string) {
  noteRecovery(context, attempt, { reason });
  context.core.log('warn', 'a recovery was refused', { recoveryId: attempt.id, reason });
  return { refusal: refuse('RECOVERY_REFUSED', {}) };
}
