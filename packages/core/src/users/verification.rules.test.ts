import { expect, test } from 'vitest';
import { defaultPolicy } from '../policy.ts';
import { decideAttempt, decideSend, type SentCode } from './verification.rules.ts';

const now = new Date('2026-01-01T12:00:00Z');
const seconds = (count: number) => new Date(now.getTime() + count * 1000);
const open: SentCode = { triesLeft: 1, expiresAt: seconds(0.001), spentAt: null };

test.each<[string, SentCode, boolean, unknown]>([
  ['the right code is accepted', open, true, 'accept'],
  ['a wrong one is counted', open, false, 'countWrong'],
  ['without tries the right code is worth nothing', { ...open, triesLeft: 0 }, true, 'CODE_SPENT'],
  ['without tries a wrong one is not counted', { ...open, triesLeft: 0 }, false, 'CODE_SPENT'],
  ['at its end a code is worth nothing', { ...open, expiresAt: now }, true, 'CODE_SPENT'],
  ['a spent code is worth nothing', { ...open, spentAt: seconds(-1) }, true, 'CODE_SPENT'],
])('%s', (_, code, isRight, decision) => {
  const decided = decideAttempt(code, isRight, now);
  expect(typeof decided === 'string' ? decided : decided.code).toBe(decision);
});

test.each<[number[], 'send' | number]>([
  [[], 'send'],
  [[-1, -2], 'send'],
  [[-1, -2, -3], 597],
  [[-1, -2, -599.5], 1],
  [[-1, -2, -600], 'send'],
  [[-1, -2, -3, -4], 597],
])('after codes sent at %j seconds the answer is %s', (sent, answer) => {
  const decision = decideSend(sent.map(seconds), now, defaultPolicy.auth);
  if (answer === 'send') expect(decision).toBe('send');
  else expect(decision).toMatchObject({ code: 'RATE_LIMITED', details: { retryAfterSeconds: answer } });
});
