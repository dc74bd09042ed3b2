import { blindIndex, type Keyring } from '../../sealing.ts';

/**
 * A code that a person writes down: 80 random bits as sixteen letters and digits in groups of four, none of which is
 * easily taken for another (Crockford's base 32).
 */
export function makeRecoveryCode(random: (bytes: number) => Uint8Array): string {
  // Five bits of each byte: every letter is as likely as any other.
  const letters = Array.from(random(LETTERS), (byte) => ALPHABET[byte % ALPHABET.length]).join('');
  return (letters.match(/.{4}/g) ?? []).join('-');
}

const LETTERS = 16;
const ALPHABET = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';

/** A code as people type it, in the one form that is hashed. */
const canonical = (code: string): string =>
  code.toUpperCase().replaceAll(/[\s-]/g, '').replaceAll('O', '0').replaceAll(/[IL]/g, '1');

/**
 * A recovery code as it is stored, for this person alone. 80 bits are beyond guessing through the API; the hash is
 * under the server's key besides, so that who has the database alone cannot try them out at his own pace either, and
 * a slow hash is not needed (NIST SP 800-63B, section 5.1.2.2, asks for one below 112 bits where there is no key).
 */
export const hashRecoveryCode = (keyring: Keyring, userId: string, code: string): Buffer =>
  blindIndex(keyring, 'recovery_codes.code_hash', JSON.stringify([userId, canonical(code)]));
