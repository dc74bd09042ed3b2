import { expect, test } from 'vitest';
import { defaultPolicy } from '../../policy.ts';
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

type Sent = readonly [asker: string, secondsAgo: number];

test.each<[string, Sent[], boolean, 'send' | number]>([
  ['nothing was sent', [], false, 'send'],
  [
    'two were',
    [
      ['ada', 1],
      ['ada', 2],
    ],
    false,
    'send',
  ],
  [
    'three were',
    [
      ['ada', 1],
      ['ada', 2],
      ['ada', 3],
    ],
    false,
    597,
  ],
  [
    'the third was almost a window ago',
    [
      ['ada', 1],
      ['ada', 2],
      ['ada', 599.5],
    ],
    false,
    1,
  ],
  [
    'the third was a window ago',
    [
      ['ada', 1],
      ['ada', 2],
      ['ada', 600],
    ],
    false,
    'send',
  ],
  [
    'four were',
    [
      ['ada', 1],
      ['ada', 2],
      ['ada', 3],
      ['ada', 4],
    ],
    false,
    597,
  ],
  [
    'others had three sent',
    [
      ['bola', 1],
      ['bola', 2],
      ['bola', 3],
    ],
    false,
    'send',
  ],
  ['others had nine sent', Array.from({ length: 9 }, (_, n): Sent => [`p${n}`, n]), false, 'send'],
  ['others had ten sent', Array.from({ length: 10 }, (_, n): Sent => [`p${n}`, n]), false, 591],
  [
    'others had ten sent to what is hers',
    Array.from({ length: 10 }, (_, n): Sent => [`p${n}`, n]),
    true,
    'send',
  ],
  [
    'she had three sent to what is hers',
    [
      ['ada', 1],
      ['ada', 2],
      ['ada', 3],
    ],
    true,
    597,
  ],
])('Ada asks for a code when %s: %#', (_, sent, isOwner, answer) => {
  const earlier = sent.map(([userId, secondsAgo]) => ({ userId, createdAt: seconds(-secondsAgo) }));
  const decision = decideSend(earlier, { userId: 'ada', isOwner }, now, defaultPolicy.auth);
  if (answer === 'send') expect(decision).toBe('send');
  else expect(decision).toMatchObject({ code: 'RATE_LIMITED', details: { retryAfterSeconds: answer } });
});
