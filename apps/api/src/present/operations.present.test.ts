import { expect, test } from 'vitest';
import { presentPlatformBook, presentTrialBalance } from './operations.present.ts';

const vast = 2n ** 53n;

test('a total that no JSON number says exactly is told as text', () => {
  const line = { currency: 'NGN', totalMinor: vast, recomputedMinor: vast } as const;
  const other = { ...line, totalMinor: -vast, recomputedMinor: 1n - vast };
  const book = presentPlatformBook({
    lines: [
      { ...line, purpose: 'suspense' },
      { ...other, purpose: 'float' },
    ],
    violations: [],
  });
  expect(book).toEqual({
    isSound: false,
    lines: [
      {
        currency: 'NGN',
        purpose: 'suspense',
        totalMinor: '9007199254740992',
        recomputedMinor: '9007199254740992',
      },
      {
        currency: 'NGN',
        purpose: 'float',
        totalMinor: '-9007199254740992',
        recomputedMinor: -9007199254740991,
      },
    ],
    violations: [],
  });
  const at = new Date('2026-03-01T00:00:00Z');
  const lines = [
    { currency: 'NGN', purpose: 'suspense', totalMinor: vast },
    { currency: 'NGN', purpose: 'float', totalMinor: -vast },
  ] as const;
  expect(presentTrialBalance(at, [...lines])).toMatchObject({
    isSound: true,
    lines: [{ totalMinor: '9007199254740992' }, { totalMinor: '-9007199254740992' }],
  });
});
