import { describe, expect, test } from 'vitest';
import { findTotpStep, presentTotpSecret, totpCodeAt } from './totp-code.ts';

/** The secret of RFC 6238, appendix B, for SHA-1. */
const secret = Buffer.from('12345678901234567890', 'ascii');

// The last six of the eight digits of the appendix.
test.each([
  [59, '287082'],
  [1_111_111_109, '081804'],
  [1_111_111_111, '050471'],
  [1_234_567_890, '005924'],
  [2_000_000_000, '279037'],
  [20_000_000_000, '353130'],
])('at %i seconds the code is that of RFC 6238', (seconds, code) => {
  const now = new Date(seconds * 1000);
  expect(totpCodeAt(secret, now)).toBe(code);
  expect(findTotpStep(secret, code, now)).toBe(BigInt(Math.floor(seconds / 30)));
});

describe('a code', () => {
  const now = new Date('2026-03-01T12:00:15Z');
  const at = (steps: number) => totpCodeAt(secret, new Date(now.getTime() + steps * 30_000));
  const step = BigInt(Math.floor(now.getTime() / 30_000));

  test.each([
    [-2, null],
    [-1, step - 1n],
    [0, step],
    [1, step + 1n],
    [2, null],
  ])('of %i steps from now names the step %s', (steps, expected) => {
    expect(findTotpStep(secret, at(steps), now)).toBe(expected);
  });

  test('may be typed with spaces and hyphens', () => {
    const code = at(0);
    expect(findTotpStep(secret, ` ${code.slice(0, 3)} ${code.slice(3)}`, now)).toBe(step);
    expect(findTotpStep(secret, `${code.slice(0, 3)}-${code.slice(3)}`, now)).toBe(step);
  });

  test.each(['', '12345', '1234567', 'abcdef', '١٢٣٤٥٦', '000000.'])('"%s" is none', (code) => {
    expect(findTotpStep(secret, code, now)).toBeNull();
  });

  test('of another secret is none', () => {
    expect(findTotpStep(Buffer.alloc(20, 7), at(0), now)).toBeNull();
  });
});

test('the secret is shown as authenticator apps read it', () => {
  expect(presentTotpSecret(secret, 'ada')).toEqual({
    secret: 'GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ',
    otpauthUrl:
      'otpauth://totp/ErrandDash:ada?issuer=ErrandDash&secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&algorithm=SHA1&digits=6&period=30',
  });
});
