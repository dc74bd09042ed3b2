import type { SecondFactorKind } from '@errand-dash/contract';
import type { Tx } from '@errand-dash/db';
import { type DevicePlace, hashDeviceId, type SignedIn } from '../../auth/index.ts';
import { after } from '../../clock.ts';
import { type CommandContext, type CommandEvent, type CommandOutcome, ceremony } from '../../command.ts';
import { isRefusal, type Refusal, refuse } from '../../refusal.ts';
import { enter } from '../enter.ts';
import { lockEntry } from '../lock-entry.ts';
import { decideTry, type WrongTries } from './second-factor.rules.ts';
import {
  consumeChallenge,
  countWrongTries,
  countWrongTry,
  findChallengeUser,
  lockChallenge,
  type StoredChallenge,
} from './second-factor.store.ts';
import { secondFactors } from './second-factor-kinds.ts';

export interface FinishSecondFactor extends DevicePlace {
  secondFactorId: string;
  kind: SecondFactorKind;
  code: string;
}

/**
 * Begins a session for a person whose first step was right, by a code of his second factor. A wrong code is counted,
 * and when none is left the person is told. Refuses with `CODE_WRONG`, `CODE_SPENT` or `RATE_LIMITED`.
 */
export const finishSecondFactor = ceremony(
  'auth.finishSecondFactor',
  async (tx, input: FinishSecondFactor, context): Promise<CommandOutcome<SignedIn>> => {
    const { secondFactorId } = input;
    // The person before the challenge, as whoever changes a way in does.
    const owner = await findChallengeUser(tx, secondFactorId);
    const problem = owner === null ? null : await lockEntry(tx, context, owner);
    const challenge = await lockChallenge(tx, secondFactorId);
    const decision = decideTry(
      challenge === null ? null : { ...challenge, isSameDevice: isSameDevice(challenge, input.deviceId) },
      challenge === null ? NONE_WRONG : await findWrongTries(tx, context, challenge),
      context.now,
      context.policy.waysIn,
    );
    if (challenge === null || isRefusal(decision)) {
      const refusal = isRefusal(decision) ? decision : refuse('CODE_SPENT', {});
      const reason = reasonOf(challenge, input.deviceId, refusal);
      note(context, { id: secondFactorId, userId: owner }, { reason });
      return { refusal };
    }
    if (problem !== null) {
      note(context, challenge, { reason: problem });
      return { refusal: refuse('CODE_SPENT', {}) };
    }
    const { userId } = challenge;
    const { spend, tell } = secondFactors[input.kind];
    const isRight = await spend(tx, context, userId, input.code);
    if (!isRight) return countWrong(tx, context, challenge);
    await consumeChallenge(tx, challenge.id, context.now);
    const entered = await enter(tx, context, userId, input);
    return { ...entered, events: [...(await tell(tx, userId)), ...entered.events] };
  },
);

const NONE_WRONG: WrongTries = { wrongTries: 0, oldestAt: null };

const isSameDevice = ({ deviceIdHash }: StoredChallenge, deviceId: string): boolean =>
  deviceIdHash !== null && hashDeviceId(deviceId).equals(deviceIdHash);

/** Why no code is tried, for the log alone. */
function reasonOf(challenge: StoredChallenge | null, deviceId: string, { code }: Refusal): string {
  if (challenge === null) return 'no such challenge';
  if (!isSameDevice(challenge, deviceId)) return 'the challenge is another device’s';
  return code === 'RATE_LIMITED' ? 'there were too many wrong codes' : 'the challenge is past use';
}

async function findWrongTries(
  tx: Tx,
  { now, policy }: CommandContext,
  { userId, purpose }: StoredChallenge,
): Promise<WrongTries> {
  return countWrongTries(tx, userId, purpose, after(now, -policy.waysIn.secondFactorWindowSeconds));
}

/** Tells the audit log which challenge an attempt was at, and whose account it would have opened. */
function note(
  { audit }: CommandContext,
  { id, userId }: { id: string; userId: string | null },
  data: Record<string, unknown>,
): void {
  const person = userId === null ? [] : [{ type: 'user', id: userId }];
  audit({ subjects: [{ type: 'second_factor', id }, ...person], data });
}

async function countWrong(
  tx: Tx,
  context: CommandContext,
  { id, userId, triesLeft }: StoredChallenge,
): Promise<CommandOutcome<SignedIn>> {
  await countWrongTry(tx, id);
  note(context, { id, userId }, { triesLeft: triesLeft - 1 });
  context.core.log('warn', 'a second factor was refused', { secondFactorId: id, triesLeft: triesLeft - 1 });
  const told: CommandEvent = {
    name: 'user.second_factor_refused',
    subject: { type: 'user', id: userId },
    audience: [userId],
  };
  return {
    refusal: refuse('CODE_WRONG', { triesLeft: triesLeft - 1 }),
    events: triesLeft === 1 ? [told] : [],
  };
}
