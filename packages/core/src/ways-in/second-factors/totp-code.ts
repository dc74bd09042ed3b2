import { Secret, TOTP } from 'otpauth';

/** What authenticator apps know of, all of them: SHA-1, six digits, 30 seconds (RFC 6238). */
const form = { algorithm: 'SHA1', digits: 6, period: 30 } as const;
/** One step to either side, for clocks that differ (RFC 6238, section 5.2). */
const WINDOW_STEPS = 1;
/** As long as HMAC-SHA-1's output, as RFC 4226, section 4, recommends. */
export const TOTP_SECRET_BYTES = 20;

/** A secret as authenticator apps take it: as the content of a QR code, and in base32 for typing. */
export function presentTotpSecret(secret: Uint8Array, label: string): { otpauthUrl: string; secret: string } {
  const totp = new TOTP({ ...form, issuer: 'ErrandDash', label, secret: secretOf(secret) });
  return { otpauthUrl: totp.toString(), secret: totp.secret.base32 };
}

/** The step of time whose code this is, near an instant; or null. Spaces and hyphens do not matter. */
export function findTotpStep(secret: Uint8Array, typed: string, now: Date): bigint | null {
  const code = typed.replace(/[\s-]/g, '');
  if (!/^\d{6}$/.test(code)) return null;
  const timestamp = now.getTime();
  const given = { ...form, secret: secretOf(secret), timestamp };
  const delta = TOTP.validate({ ...given, token: code, window: WINDOW_STEPS });
  return delta === null ? null : BigInt(TOTP.counter({ period: form.period, timestamp }) + delta);
}

/** The code of an instant, as an authenticator app shows it. */
export const totpCodeAt = (secret: Uint8Array, instant: Date): string =>
  TOTP.generate({ ...form, secret: secretOf(secret), timestamp: instant.getTime() });

// A copy, because a Buffer may be a part of a larger store.
const secretOf = (secret: Uint8Array): Secret => new Secret({ buffer: new Uint8Array(secret).buffer });
