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

/** What turns the reading direction, and so can make a name read as another's. */
const directionMarks = '\\u061c\\u200e\\u200f\\u202a-\\u202e\\u2066-\\u2069';
const oneLine = new RegExp(`^[^\\p{Cc}${directionMarks}]*$`, 'u');
const somethingVisible = /[\p{L}\p{N}\p{P}\p{S}]/u;

/** One line shown to people: trimmed, no control characters, no marks of direction, something to be seen. */
export const line = (minLength: number, maxLength: number) =>
  text(0, maxLength + 64)
    .transform((value) => value.trim())
    .pipe(
      z
        .string()
        .min(minLength)
        .max(maxLength)
        .regex(oneLine, { error: 'must have no control characters or marks of direction' })
        .regex(somethingVisible, { error: 'must have something to be seen' }),
    );

/** Base64url without padding, as WebAuthn's JSON uses it. */
export const base64url = (maxLength: number) =>
  z
    .string()
    .min(1)
    .max(maxLength)
    .regex(/^[A-Za-z0-9_-]+$/, { error: 'must be base64url without padding' });

/**
 * A password to be set, as it is typed. What may be one is decided by the server, in code points after normalisation,
 * so that this bounds its size alone.
 */
export const newPassword = text(1, 512);

/** What makes a call happen once, chosen by the caller: a UUID, say. */
export const idempotencyKey = z
  .string()
  .regex(/^[A-Za-z0-9._-]{8,128}$/, { error: 'must be 8 to 128 of A-Z a-z 0-9 . - _' });
