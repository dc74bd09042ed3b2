import { isRefusal } from '../refusal.ts';
import type { Keyring } from '../sealing.ts';
import { contactIndex, normalizeEmail } from '../users/index.ts';

/** What the person is found by who verified the email address that somebody typed. Null: nobody can have it. */
export function typedEmailIndex(keyring: Keyring, typed: string): Buffer | null {
  const email = normalizeEmail(typed);
  return isRefusal(email) ? null : contactIndex(keyring, 'email', email);
}
