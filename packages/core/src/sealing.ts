import { createCipheriv, createDecipheriv, createHmac } from 'node:crypto';

/** A key of 32 bytes with the name that its ciphertexts carry. */
export interface SealingKey {
  id: string;
  key: Uint8Array;
}

/** The server's keys for data at rest. The first of `wrapping` seals; all of them open. */
export interface Keyring {
  wrapping: readonly [SealingKey, ...SealingKey[]];
  /** From which the key of each blind index is derived. */
  blindIndexKey: Uint8Array;
}

/** Where a sealed value lives. It is bound to this place: moved elsewhere it does not open. */
export interface SealedPlace {
  table: string;
  row: string;
  column: string;
}

/** A sealed value that does not open: another key, another place, or altered bytes. */
export class SealBroken extends Error {
  constructor(place: SealedPlace) {
    super(`the sealed value in ${place.table}.${place.column} does not open`);
    this.name = 'SealBroken';
  }
}

const VERSION = 1;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/**
 * AES-256-GCM (NIST SP 800-38D) with a 96-bit nonce and a 128-bit tag, bound to its place.
 * Layout: version (1 byte), length of the key id (1), key id, nonce (12), ciphertext, tag (16).
 */
export function seal(
  key: SealingKey,
  place: SealedPlace,
  plaintext: Uint8Array | string,
  random: (bytes: number) => Uint8Array,
): Buffer {
  const keyId = Buffer.from(key.id, 'utf8');
  const header = Buffer.concat([Buffer.from([VERSION, keyId.length]), keyId]);
  const nonce = random(NONCE_BYTES);
  const cipher = createCipheriv('aes-256-gcm', key.key, nonce, { authTagLength: TAG_BYTES });
  cipher.setAAD(additionalData(header, place));
  return Buffer.concat([header, nonce, cipher.update(plaintext), cipher.final(), cipher.getAuthTag()]);
}

/** Opens what {@link seal} made with one of these keys for this place. Throws {@link SealBroken} otherwise. */
export function open(keys: readonly SealingKey[], place: SealedPlace, sealed: Uint8Array): Buffer {
  const bytes = Buffer.from(sealed);
  const headerLength = 2 + (bytes[1] ?? 0);
  const key = keys.find((candidate) => candidate.id === bytes.toString('utf8', 2, headerLength));
  if (bytes[0] !== VERSION || key === undefined || bytes.length < headerLength + NONCE_BYTES + TAG_BYTES) {
    throw new SealBroken(place);
  }
  const nonceEnd = headerLength + NONCE_BYTES;
  const decipher = createDecipheriv('aes-256-gcm', key.key, bytes.subarray(headerLength, nonceEnd), {
    authTagLength: TAG_BYTES,
  });
  decipher.setAAD(additionalData(bytes.subarray(0, headerLength), place));
  decipher.setAuthTag(bytes.subarray(-TAG_BYTES));
  try {
    return Buffer.concat([decipher.update(bytes.subarray(nonceEnd, -TAG_BYTES)), decipher.final()]);
  } catch {
    throw new SealBroken(place);
  }
}

/**
 * The keys of one row alone, derived from the wrapping keys. For what anybody may have sealed as often as he likes: under
 * one key for all of it the random nonces of AES-GCM would be used up after 2^32 (NIST SP 800-38D, section 8.3).
 */
export function rowKeys(
  keyring: Keyring,
  { table, row }: Pick<SealedPlace, 'table' | 'row'>,
): [SealingKey, ...SealingKey[]] {
  const keyOf = ({ id, key }: SealingKey): SealingKey => ({
    id,
    key: createHmac('sha256', key).update(`row key ${table} ${row}`).digest(),
  });
  const [first, ...others] = keyring.wrapping;
  return [keyOf(first), ...others.map(keyOf)];
}

const dataKeyPlace = (userId: string): SealedPlace => ({
  table: 'user_data_keys',
  row: userId,
  column: 'wrapped_key',
});

/** A fresh data key for a person, and its wrapped form to be stored. */
export function makeDataKey(keyring: Keyring, userId: string, random: (bytes: number) => Uint8Array) {
  const dataKey: SealingKey = { id: userId, key: random(32) };
  const wrappedKey = seal(keyring.wrapping[0], dataKeyPlace(userId), dataKey.key, random);
  return { dataKey, wrappedKey, wrappingKeyId: keyring.wrapping[0].id };
}

/** The person's data key from its stored, wrapped form. */
export function unwrapDataKey(keyring: Keyring, userId: string, wrappedKey: Uint8Array): SealingKey {
  return { id: userId, key: open(keyring.wrapping, dataKeyPlace(userId), wrappedKey) };
}

/**
 * What stands for a value where it must be found again without being readable: HMAC-SHA-256 under a key of the
 * column's own. Give the value in one normal form (a phone as E.164, an email in lower case).
 */
export function blindIndex(keyring: Keyring, column: string, value: string): Buffer {
  const columnKey = createHmac('sha256', keyring.blindIndexKey).update(`blind index ${column}`).digest();
  return createHmac('sha256', columnKey).update(value).digest();
}

function additionalData(header: Uint8Array, place: SealedPlace): Buffer {
  return Buffer.concat([header, Buffer.from(JSON.stringify([place.table, place.row, place.column]), 'utf8')]);
}
