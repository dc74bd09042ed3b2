import { after } from '../clock.ts';
import type { Policy } from '../policy.ts';
import { type Decision, isRefusal, refuse } from '../refusal.ts';
import { decideTransition } from '../state-machine.ts';
import { type RecoveryState, recoveryMachine } from './recovery.machine.ts';

/** An attempt to come back without a passkey, as core knows it. */
export interface Recovery {
  id: string;
  /** Null for a name that nobody has, or whose person is suspended: it goes the same way and comes to nothing. */
  userId: string | null;
  state: RecoveryState;
  triesLeft: number;
  codesAskedAt: Date | null;
  codesMadeAt: Date | null;
  /** From which network they were asked for. */
  askerHash: Uint8Array | null;
  emailCodeHash: Uint8Array | null;
  phoneCodeHash: Uint8Array | null;
  codesExpireAt: Date | null;
  factor: 'recovery_code' | 'contacts' | null;
  /** What proved it, so that the same proof may be given again. */
  factorHash: Uint8Array | null;
  challenge: Uint8Array | null;
  challengeExpiresAt: Date | null;
  /** The passkey that came of it. */
  passkeyId: string | null;
  createdAt: Date;
  expiresAt: Date;
  endedAt: Date | null;
}

export function newRecovery(
  given: Pick<Recovery, 'id' | 'userId'>,
  now: Date,
  { openSeconds, triesMax }: Policy['recovery'],
): Recovery {
  return {
    ...given,
    state: 'open',
    triesLeft: triesMax,
    codesAskedAt: null,
    codesMadeAt: null,
    askerHash: null,
    emailCodeHash: null,
    phoneCodeHash: null,
    codesExpireAt: null,
    factor: null,
    factorHash: null,
    challenge: null,
    challengeExpiresAt: null,
    passkeyId: null,
    createdAt: now,
    expiresAt: after(now, openSeconds),
    endedAt: null,
  };
}

/**
 * Asks for codes, once: who asks again is answered as before. That somebody is there to get them is found out later,
 * by the worker. Refuses with `CODE_SPENT` once the recovery is past use.
 */
export function decideAskForCodes(
  recovery: Recovery,
  askerHash: Uint8Array,
  now: Date,
  codeSeconds: number,
): Decision<Recovery> {
  if (isPastUse(recovery, now)) return refuse('CODE_SPENT', {});
  if (recovery.codesAskedAt !== null) return recovery;
  return { ...recovery, askerHash, codesAskedAt: now, codesExpireAt: after(now, codeSeconds) };
}

/**
 * Whether codes are sent once more for a person: so many for each network that asks, since anybody may ask who knows a
 * handle, and not without end for all of them together.
 */
export const mayBeSentCodes = (
  sent: { toAsker: number; toAll: number },
  { codesMax, codesOfAllMax }: Policy['recovery'],
): boolean => sent.toAsker < codesMax && sent.toAll < codesOfAllMax;

/** What somebody gave as a proof, compared with what there is. */
export interface GivenProof {
  factor: NonNullable<Recovery['factor']>;
  hash: Uint8Array;
  isRight: boolean;
}

/**
 * What a proof does: the right one has a challenge made, the wrong one is counted although it is refused. Refuses with
 * `CODE_SPENT` once the recovery is past use or out of tries.
 */
export function decideProof(
  recovery: Recovery,
  proof: GivenProof,
  challenge: Uint8Array,
  now: Date,
  { challengeSeconds }: Policy['recovery'],
): Decision<{ kind: 'wrong' | 'right'; recovery: Recovery }> {
  const state = decideTransition(recoveryMachine, 'recovery', recovery.state, 'prove', 'person');
  if (isRefusal(state) || isPastUse(recovery, now) || recovery.triesLeft <= 0)
    return refuse('CODE_SPENT', {});
  // Without a person nothing is right, whatever was found.
  if (!proof.isRight || recovery.userId === null) {
    return { kind: 'wrong', recovery: { ...recovery, triesLeft: recovery.triesLeft - 1 } };
  }
  const { factor, hash: factorHash } = proof;
  const challengeExpiresAt = after(now, challengeSeconds);
  return {
    kind: 'right',
    recovery: { ...recovery, state, factor, factorHash, challenge, challengeExpiresAt },
  };
}

/** A challenge that is being answered: whose, and which. It is consumed by any answer. */
export interface AnsweredChallenge {
  userId: string;
  challenge: Uint8Array;
  expiresAt: Date;
}

/** Whether an answer comes to a challenge that is open. Null: it does not. */
export function decideAnswer(recovery: Recovery, now: Date): AnsweredChallenge | null {
  const { userId, challenge, challengeExpiresAt } = recovery;
  if (recovery.state !== 'proven' || isPastUse(recovery, now)) return null;
  if (userId === null || challenge === null || challengeExpiresAt === null) return null;
  return challengeExpiresAt <= now ? null : { userId, challenge, expiresAt: challengeExpiresAt };
}

export function decideFinish(recovery: Recovery, passkeyId: string, now: Date): Decision<Recovery> {
  const state = decideTransition(recoveryMachine, 'recovery', recovery.state, 'finish', 'person');
  if (isRefusal(state)) return state;
  return { ...recovery, ...noChallenge, state, passkeyId, endedAt: now };
}

/** What undoing changes: the recoveries, and since when passkeys are not trusted. */
export interface Undoing {
  undone: readonly [Recovery, ...Recovery[]];
  since: Date;
}

/**
 * The finished recoveries that are younger than the passkey by which somebody signed in since; a passkey that came of
 * one does not undo it. Refuses with `RECOVERY_NOT_UNDONE`.
 */
export function decideUndo(finished: readonly Recovery[], passkeyCreatedAt: Date | null): Decision<Undoing> {
  const undone = finished.flatMap((recovery) => {
    const { endedAt } = recovery;
    const state = decideTransition(recoveryMachine, 'recovery', recovery.state, 'undo', 'owner');
    const isYounger = passkeyCreatedAt !== null && endedAt !== null && endedAt > passkeyCreatedAt;
    return isRefusal(state) || !isYounger ? [] : [{ recovery: { ...recovery, state }, endedAt }];
  });
  const [first, ...others] = undone.toSorted((a, b) => a.endedAt.getTime() - b.endedAt.getTime());
  if (first === undefined) return refuse('RECOVERY_NOT_UNDONE', {});
  return { undone: [first.recovery, ...others.map(({ recovery }) => recovery)], since: first.endedAt };
}

/** What an answer leaves of a challenge. */
export const noChallenge = { challenge: null, challengeExpiresAt: null } as const;

const isPastUse = ({ endedAt, expiresAt }: Recovery, now: Date): boolean =>
  endedAt !== null || expiresAt <= now;
