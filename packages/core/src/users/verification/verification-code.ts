import { timingSafeEqual } from 'node:crypto';
import type { Channel } from '../../messages/index.ts';
import { blindIndex, type Keyring } from '../../sealing.ts';

/** Six random digits, each code as likely as any other. */
export function makeCode(random: (bytes: number) => Uint8Array): string {
  for (;;) {
    const number = Buffer.from(random(4)).readUInt32BE(0);
    // Above the last whole multiple of a million the low codes would come up more often.
    if (number < CODES * Math.floor(2 ** 32 / CODES)) return String(number % CODES).padStart(6, '0');
  }
}

const CODES = 1_000_000;

/** What a code is good for: this verification (or recovery), by this person, of this target, for this purpose. */
export interface CodeBinding {
  verificationId: string;
  userId: string;
  purpose: `${'verify' | 'recover'}_${Channel}`;
  targetIndex: Uint8Array;
}

/** A code as it is stored: a million codes are soon tried, so the hash is under the server's key. */
export function hashCode(keyring: Keyring, binding: CodeBinding, code: string): Buffer {
  const { verificationId, userId, purpose, targetIndex } = binding;
  const target = Buffer.from(targetIndex).toString('hex');
  return blindIndex(
    keyring,
    'verifications.code_hash',
    JSON.stringify([verificationId, userId, purpose, target, code]),
  );
}

export const isRightCode = (stored: Uint8Array, given: Uint8Array): boolean => timingSafeEqual(stored, given);
