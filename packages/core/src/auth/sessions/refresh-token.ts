import { createHash, createHmac } from 'node:crypto';

/**
 * The refresh token of a session that follows a spent one: HMAC-SHA-256 under the server's key of the spent token,
 * the session and the successor's number. So a lost answer can be given again although only hashes are stored.
 */
export function successorOf(
  key: Uint8Array,
  spent: RefreshToken,
  sessionId: string,
  number: number,
): RefreshToken {
  const family = Buffer.from(sessionId.replaceAll('-', ''), 'hex');
  const count = Buffer.alloc(8);
  count.writeBigUInt64BE(BigInt(number));
  return readBytes(createHmac('sha256', key).update(spent.bytes).update(family).update(count).digest());
}

/** A refresh token: 256 bits as the person holds them, and the hash by which they are known. */
export interface RefreshToken {
  bytes: Buffer;
  text: string;
  hash: Buffer;
}

/** The first token of a session. */
export const makeRefreshToken = (random: (bytes: number) => Uint8Array): RefreshToken =>
  readBytes(Buffer.from(random(TOKEN_BYTES)));

/** Reads a token as it was sent, or null when none of ours looks like it. */
export function readRefreshToken(text: string): RefreshToken | null {
  const bytes = Buffer.from(text, 'base64url');
  // The text is compared as well: base64url has several texts for the same bytes.
  return bytes.length === TOKEN_BYTES && bytes.toString('base64url') === text ? readBytes(bytes) : null;
}

const TOKEN_BYTES = 32;

const readBytes = (bytes: Buffer): RefreshToken => ({
  bytes,
  text: bytes.toString('base64url'),
  hash: createHash('sha256').update(bytes).digest(),
});

/** How the random name of a device is known. */
export const hashDeviceId = (deviceId: string): Buffer => createHash('sha256').update(deviceId).digest();
