import { randomBytes } from 'node:crypto';
import { expect, test } from 'vitest';
import type { Keyring } from '../../sealing.ts';
import { hashRecoveryCode, makeRecoveryCode } from './recovery-code.ts';

const keyring: Keyring = { wrapping: [{ id: 'test', key: randomBytes(32) }], blindIndexKey: randomBytes(32) };

test('a code is sixteen characters in groups of four, each as likely as any other', () => {
  const counts = new Map<string, number>();
  for (let round = 0; round < 2000; round += 1) {
    const code = makeRecoveryCode(randomBytes);
    expect(code).toMatch(/^([0-9A-HJKMNP-TV-Z]{4}-){3}[0-9A-HJKMNP-TV-Z]{4}$/);
    for (const letter of code.replaceAll('-', '')) counts.set(letter, (counts.get(letter) ?? 0) + 1);
  }
  expect(counts.size).toBe(32);
  // 1,000 each with a deviation of 31: eight of them are met once in 10^13 runs.
  for (const count of counts.values()) expect(Math.abs(count - 1000)).toBeLessThan(8 * 31.2);
});

test.each([
  '01AB-CDEF-GHJK-MNPQ',
  '01abcdefghjkmnpq',
  ' 01AB CDEF ghjk mnpq ',
  'OIAB-CDEF-GHJK-MNPQ',
  'olab-cdef-ghjk-mnpq',
])('%j is the code that was shown', (typed) => {
  const hash = hashRecoveryCode(keyring, 'ada', '01AB-CDEF-GHJK-MNPQ');
  expect(hashRecoveryCode(keyring, 'ada', typed)).toEqual(hash);
});

test('a code is of use to one person under one key', () => {
  const hash = hashRecoveryCode(keyring, 'ada', '01AB-CDEF-GHJK-MNPQ');
  expect(hashRecoveryCode(keyring, 'bola', '01AB-CDEF-GHJK-MNPQ')).not.toEqual(hash);
  expect(hashRecoveryCode(keyring, 'ada', '01AB-CDEF-GHJK-MNPR')).not.toEqual(hash);
  const otherKey = { ...keyring, blindIndexKey: randomBytes(32) };
  expect(hashRecoveryCode(otherKey, 'ada', '01AB-CDEF-GHJK-MNPQ')).not.toEqual(hash);
});
