/** What speaks against a sign-in after all was looked up and verified, for the log; or null. */
export function signInProblem(
  ceremony: { topic: { allowedPasskeyIds: readonly string[] | null }; expiresAt: Date } | null,
  passkey: { passkeyId: string; suspendedAt: Date | null } | null,
  verdict: { isVerified: true } | { isVerified: false; reason: string },
  now: Date,
): string | null {
  if (ceremony === null) return 'no such ceremony';
  if (ceremony.expiresAt <= now) return 'the ceremony has expired';
  if (passkey === null) return 'the passkey is unknown';
  const { allowedPasskeyIds } = ceremony.topic;
  if (allowedPasskeyIds !== null && !allowedPasskeyIds.includes(passkey.passkeyId))
    return 'another passkey was asked for';
  if (!verdict.isVerified) return verdict.reason;
  return passkey.suspendedAt === null ? null : 'the person is suspended';
}
