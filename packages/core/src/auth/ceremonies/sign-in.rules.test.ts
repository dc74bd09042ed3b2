import { expect, test } from 'vitest';
import { signInProblem } from './sign-in.rules.ts';

const now = new Date('2026-01-01T12:00:00Z');
const later = new Date(now.getTime() + 1);
const ceremony = { topic: { allowedPasskeyIds: null }, expiresAt: later };
const asking = (...allowedPasskeyIds: string[]) => ({ ...ceremony, topic: { allowedPasskeyIds } });
const passkey = { passkeyId: 'passkey-1', suspendedAt: null };
const verified = { isVerified: true } as const;

test.each<[string | null, Parameters<typeof signInProblem>]>([
  [null, [ceremony, passkey, verified, now]],
  [null, [asking('passkey-0', 'passkey-1'), passkey, verified, now]],
  ['no such ceremony', [null, passkey, verified, now]],
  ['the ceremony has expired', [{ ...ceremony, expiresAt: now }, passkey, verified, now]],
  ['the passkey is unknown', [ceremony, null, verified, now]],
  ['another passkey was asked for', [asking('passkey-2'), passkey, verified, now]],
  ['another passkey was asked for', [asking(), passkey, verified, now]],
  ['wrong', [ceremony, passkey, { isVerified: false, reason: 'wrong' }, now]],
  ['the person is suspended', [ceremony, { ...passkey, suspendedAt: now }, verified, now]],
])('the problem is: %s', (problem, given) => {
  expect(signInProblem(...given)).toBe(problem);
});
