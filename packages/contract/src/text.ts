import { z } from 'zod';

/**
 * Text that PostgreSQL can store: well-formed Unicode without U+0000.
 * Refuses lone surrogates and NUL, which the database would raise on.
 */
export const text = (minLength: number, maxLength: number) =>
  z
    .string()
    .min(minLength)
    .max(maxLength)
    .refine((value) => value.isWellFormed() && !value.includes('\u0000'), {
      error: 'must be well-formed Unicode without U+0000',
    });

/** One line shown to people: trimmed, no control characters. */
export const line = (minLength: number, maxLength: number) =>
  text(0, maxLength + 64)
    .transform((value) => value.trim())
    .pipe(
      z
        .string()
        .min(minLength)
        .max(maxLength)
        .regex(/^[^\p{Cc}]*$/u, { error: 'must have no control characters' }),
    );

/** Base64url without padding, as WebAuthn's JSON uses it. */
export const base64url = (maxLength: number) =>
  z
    .string()
    .min(1)
    .max(maxLength)
    .regex(/^[A-Za-z0-9_-]+$/, { error: 'must be base64url without padding' });

/** What makes a call happen once, chosen by the caller: a UUID, say. */
export const idempotencyKey = z
  .string()
  .regex(/^[A-Za-z0-9._-]{8,128}$/, { error: 'must be 8 to 128 of A-Z a-z 0-9 . - _' });
