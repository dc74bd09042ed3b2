import { randomBytes } from 'node:crypto';
import { expect, test } from 'vitest';
import type { Keyring } from '../../sealing.ts';
import { type CodeBinding, hashCode, makeCode } from './verification-code.ts';

const keyring: Keyring = { wrapping: [{ id: 'test', key: randomBytes(32) }], blindIndexKey: randomBytes(32) };
const binding: CodeBinding = {
  verificationId: 'verification-1',
  userId: 'user-1',
  purpose: 'verify_phone',
  targetIndex: Buffer.alloc(32, 1),
};

/** Chance that gives these numbers, one after another. */
function chance(...numbers: number[]): (bytes: number) => Uint8Array {
  const rest = [...numbers];
  return () => {
    const bytes = Buffer.alloc(4);
    bytes.writeUInt32BE(rest.shift() ?? 0);
    return bytes;
  };
}

test('a code is six digits, also where the number is small', () => {
  expect(makeCode(chance(7))).toBe('000007');
  expect(makeCode(chance(4_293_999_999))).toBe('999999');
  expect(makeCode(randomBytes)).toMatch(/^\d{6}$/);
});

test('numbers that would favour low codes are drawn again', () => {
  expect(makeCode(chance(4_294_000_000, 4_294_967_295, 123_456))).toBe('123456');
});

test('codes are spread evenly', () => {
  const counts = new Array<number>(10).fill(0);
  for (let index = 0; index < 20_000; index += 1) {
    const digit = Number(makeCode(randomBytes)[0]);
    counts[digit] = (counts[digit] ?? 0) + 1;
  }
  // 2,000 each with a deviation of 42: eight of them are met once in 10^14 runs.
  for (const count of counts) expect(Math.abs(count - 2000)).toBeLessThan(8 * 42.4);
});

test('a code is good for its verification, person, purpose and target alone', () => {
  const hash = hashCode(keyring, binding, '123456');
  expect(hashCode(keyring, binding, '123456')).toEqual(hash);
  for (const other of [
    { ...binding, verificationId: 'verification-2' },
    { ...binding, userId: 'user-2' },
    { ...binding, purpose: 'verify_email' as const },
    { ...binding, purpose: 'recover_phone' as const },
    { ...binding, targetIndex: Buffer.alloc(32, 2) },
  ]) {
    expect(hashCode(keyring, other, '123456')).not.toEqual(hash);
  }
  expect(hashCode(keyring, binding, '123457')).not.toEqual(hash);
  expect(hashCode({ ...keyring, blindIndexKey: randomBytes(32) }, binding, '123456')).not.toEqual(hash);
});
