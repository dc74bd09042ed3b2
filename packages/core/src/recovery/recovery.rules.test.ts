import { describe, expect, test } from 'vitest';
import { defaultPolicy } from '../policy.ts';
import { isRefusal } from '../refusal.ts';
import {
  decideAnswer,
  decideAskForCodes,
  decideProof,
  decideUndo,
  type GivenProof,
  mayBeSentCodes,
  newRecovery,
  type Recovery,
} from './recovery.rules.ts';

const now = new Date('2026-01-01T12:00:00Z');
const seconds = (count: number) => new Date(now.getTime() + count * 1000);
const { recovery: policy } = defaultPolicy;
const asker = Buffer.alloc(32, 3);
const open = newRecovery({ id: 'recovery', userId: 'ada' }, now, policy);
const challenge = Buffer.alloc(32, 1);
const right: GivenProof = { factor: 'recovery_code', hash: Buffer.alloc(32, 2), isRight: true };
const wrong: GivenProof = { ...right, isRight: false };

describe('a proof', () => {
  const decide = (changed: Partial<Recovery>, proof: GivenProof) => {
    const decision = decideProof({ ...open, ...changed }, proof, challenge, now, policy);
    return isRefusal(decision) ? decision.code : decision.kind;
  };

  test.each<[string, Partial<Recovery>, GivenProof, string]>([
    ['that is right', {}, right, 'right'],
    ['that is wrong', {}, wrong, 'wrong'],
    ['with the last try', { triesLeft: 1 }, right, 'right'],
    ['without tries', { triesLeft: 0 }, right, 'CODE_SPENT'],
    ['without tries', { triesLeft: 0 }, wrong, 'CODE_SPENT'],
    ['just in time', { expiresAt: seconds(0.001) }, right, 'right'],
    ['at its end', { expiresAt: now }, right, 'CODE_SPENT'],
    ['of nobody, whatever was found', { userId: null }, right, 'wrong'],
    ['again', { state: 'proven' }, right, 'right'],
    ['once it has finished', { state: 'finished', endedAt: now }, right, 'CODE_SPENT'],
    ['once another has finished', { state: 'ended', endedAt: now }, right, 'CODE_SPENT'],
  ])('%s: %#', (_, changed, proof, expected) => {
    expect(decide(changed, proof)).toBe(expected);
  });

  test('that is right asks for a passkey, for five minutes; one that is wrong costs a try and nothing else', () => {
    expect(decideProof(open, right, challenge, now, policy)).toEqual({
      kind: 'right',
      recovery: {
        ...open,
        state: 'proven',
        factor: 'recovery_code',
        factorHash: right.hash,
        challenge,
        challengeExpiresAt: seconds(300),
      },
    });
    expect(decideProof(open, wrong, challenge, now, policy)).toEqual({
      kind: 'wrong',
      recovery: { ...open, triesLeft: 4 },
    });
  });
});

describe('codes', () => {
  test('are asked for once, and whoever asks again is answered as before', () => {
    const asked = decideAskForCodes(open, asker, now, 300);
    if (isRefusal(asked)) throw new Error(asked.code);
    expect(asked).toMatchObject({ askerHash: asker, codesAskedAt: now, codesExpireAt: seconds(300) });
    expect(decideAskForCodes(asked, Buffer.alloc(32, 4), seconds(60), 300)).toEqual(asked);
    expect(decideAskForCodes(asked, asker, seconds(1800), 300)).toMatchObject({ code: 'CODE_SPENT' });
  });
});

test.each([
  [0, 0, true],
  [2, 9, true],
  [3, 3, false],
  [0, 10, false],
])('after %i codes to a network and %i to all, one more is sent: %s', (toAsker, toAll, isSent) => {
  expect(mayBeSentCodes({ toAsker, toAll }, policy)).toBe(isSent);
});

describe('an answer', () => {
  const proven: Recovery = {
    ...open,
    state: 'proven',
    factor: 'contacts',
    factorHash: right.hash,
    challenge,
    challengeExpiresAt: seconds(300),
  };

  test.each<[string, Partial<Recovery>, boolean]>([
    ['in time', {}, true],
    ['at the end of the challenge', { challengeExpiresAt: now }, false],
    ['at the end of the recovery', { expiresAt: now }, false],
    ['to no challenge', { challenge: null, challengeExpiresAt: null }, false],
    ['of nobody', { userId: null }, false],
    ['to one that was not proven', { state: 'open' }, false],
    ['to one that has ended', { state: 'ended', endedAt: now }, false],
  ])('%s is taken: %s', (_, changed, isTaken) => {
    const expected = { userId: 'ada', challenge, expiresAt: seconds(300) };
    expect(decideAnswer({ ...proven, ...changed }, now)).toEqual(isTaken ? expected : null);
  });
});

describe('undoing', () => {
  const finished = (id: string, at: Date): Recovery => ({ ...open, id, state: 'finished', endedAt: at });
  const both = [finished('first', seconds(-60)), finished('second', seconds(-30))];
  const ids = (passkeyCreatedAt: Date | null, recoveries: readonly Recovery[] = both) => {
    const decision = decideUndo(recoveries, passkeyCreatedAt);
    return isRefusal(decision) ? decision.code : decision.undone.map(({ id }) => id);
  };

  test.each<[string, Date | null, string[] | string]>([
    ['older than both', seconds(-61), ['first', 'second']],
    ['that came of the first', seconds(-60), ['second']],
    ['that came of the second', seconds(-30), 'RECOVERY_NOT_UNDONE'],
    ['that was made since', seconds(-1), 'RECOVERY_NOT_UNDONE'],
    ['that there is not', null, 'RECOVERY_NOT_UNDONE'],
  ])('by a passkey %s', (_, passkeyCreatedAt, expected) => {
    expect(ids(passkeyCreatedAt)).toEqual(expected);
  });

  test('trusts no passkey since the first of those that it undoes, in whatever order they come', () => {
    expect(decideUndo(both.toReversed(), seconds(-90))).toMatchObject({ since: seconds(-60) });
    expect(ids(seconds(-90), [])).toBe('RECOVERY_NOT_UNDONE');
    expect(ids(seconds(-90), [{ ...finished('undone', now), state: 'undone' }])).toBe('RECOVERY_NOT_UNDONE');
  });
});
