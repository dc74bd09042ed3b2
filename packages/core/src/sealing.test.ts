import { createCipheriv, randomBytes } from 'node:crypto';
import { expect, test } from 'vitest';
import {
  blindIndex,
  type Keyring,
  makeDataKey,
  open,
  rowKeys,
  SealBroken,
  type SealedPlace,
  type SealingKey,
  seal,
  unwrapDataKey,
} from './sealing.ts';

const place: SealedPlace = { table: 'users', row: 'person-1', column: 'phone_sealed' };
const key: SealingKey = { id: 'key-1', key: randomBytes(32) };
const keyring: Keyring = { wrapping: [key], blindIndexKey: randomBytes(32) };
const plaintext = '+2348031234567';

test.each([
  ['an empty text', ''],
  ['a short text', plaintext],
  ['64 KB', 'x'.repeat(65536)],
])('%s opens where it was sealed', (_, text) => {
  expect(open([key], place, seal(key, place, text, randomBytes)).toString('utf8')).toBe(text);
});

test('the same text sealed twice looks different, and never like itself', () => {
  const [one, other] = [seal(key, place, plaintext, randomBytes), seal(key, place, plaintext, randomBytes)];
  expect(one).not.toEqual(other);
  expect(one.includes(plaintext)).toBe(false);
});

test.each<[string, Partial<SealedPlace>]>([
  ['another row', { row: 'person-2' }],
  ['another column', { column: 'email_sealed' }],
  ['another table', { table: 'verifications' }],
  ['names that run together the same way', { table: 'user', row: 'sperson-1' }],
])('moved to %s it does not open', (_, moved) => {
  expect(() => open([key], { ...place, ...moved }, seal(key, place, plaintext, randomBytes))).toThrow(
    SealBroken,
  );
});

test('with any one bit altered it does not open', () => {
  const sealed = seal(key, place, plaintext, randomBytes);
  for (let index = 0; index < sealed.length * 8; index += 1) {
    const altered = Buffer.from(sealed);
    altered[index >> 3] = (altered[index >> 3] ?? 0) ^ (1 << (index & 7));
    expect(() => open([key], place, altered), `bit ${index}`).toThrow(SealBroken);
  }
});

test('cut at any length, also inside its tag, it does not open', () => {
  const sealed = seal(key, place, plaintext, randomBytes);
  for (let length = 0; length < sealed.length; length += 1) {
    expect(() => open([key], place, sealed.subarray(0, length)), `length ${length}`).toThrow(SealBroken);
  }
  expect(() => open([key], place, Buffer.concat([sealed, Buffer.alloc(1)]))).toThrow(SealBroken);
});

test('a tag of 96 bits is not taken, though GCM knows such', () => {
  const sealed = seal(key, place, '', randomBytes);
  const header = sealed.subarray(0, 2 + 'key-1'.length);
  const nonce = randomBytes(12);
  const cipher = createCipheriv('aes-256-gcm', key.key, nonce, { authTagLength: 12 });
  cipher.setAAD(Buffer.concat([header, Buffer.from(JSON.stringify([place.table, place.row, place.column]))]));
  const body = Buffer.concat([cipher.update(plaintext), cipher.final(), cipher.getAuthTag()]);
  expect(() => open([key], place, Buffer.concat([header, nonce, body]))).toThrow(SealBroken);
});

test('another key does not open it, neither under its own name nor under the same one', () => {
  const sealed = seal(key, place, plaintext, randomBytes);
  expect(() => open([{ id: 'key-2', key: key.key }], place, sealed)).toThrow(SealBroken);
  expect(() => open([{ id: 'key-1', key: randomBytes(32) }], place, sealed)).toThrow(SealBroken);
  expect(() => open([], place, sealed)).toThrow(SealBroken);
});

test('an older key still opens what it sealed', () => {
  const newer: SealingKey = { id: 'key-2', key: randomBytes(32) };
  const sealed = seal(key, place, plaintext, randomBytes);
  expect(open([newer, key], place, sealed).toString()).toBe(plaintext);
});

test('the message of a broken seal names the place and no value', () => {
  expect(() => open([], place, Buffer.from('secret'))).toThrow(
    'the sealed value in users.phone_sealed does not open',
  );
});

test("a person's data key unwraps for that person alone, and under a known wrapping key", () => {
  const { dataKey, wrappedKey, wrappingKeyId } = makeDataKey(keyring, 'person-1', randomBytes);
  expect(wrappingKeyId).toBe('key-1');
  expect(unwrapDataKey(keyring, 'person-1', wrappedKey)).toEqual({ id: 'person-1', key: dataKey.key });
  expect(() => unwrapDataKey(keyring, 'person-2', wrappedKey)).toThrow(SealBroken);
  const others: Keyring = { ...keyring, wrapping: [{ id: 'key-1', key: randomBytes(32) }] };
  expect(() => unwrapDataKey(others, 'person-1', wrappedKey)).toThrow(SealBroken);
});

test('a blind index is the same for the same value of a column, and for nothing else', () => {
  const index = blindIndex(keyring, 'users.phone_index', plaintext);
  expect(blindIndex(keyring, 'users.phone_index', plaintext)).toEqual(index);
  expect(blindIndex(keyring, 'users.phone_index', '+2348031234568')).not.toEqual(index);
  expect(blindIndex(keyring, 'users.email_index', plaintext)).not.toEqual(index);
  expect(
    blindIndex({ ...keyring, blindIndexKey: randomBytes(32) }, 'users.phone_index', plaintext),
  ).not.toEqual(index);
  expect(index).toHaveLength(32);
});

test('each row has keys of its own, one for each wrapping key and by the same names', () => {
  const older: SealingKey = { id: 'key-0', key: randomBytes(32) };
  const rotated: Keyring = { ...keyring, wrapping: [key, older] };
  const places = [
    { table: 'users', row: 'person-1' },
    { table: 'users', row: 'person-2' },
    { table: 'sessions', row: 'person-1' },
  ];
  const derived = places.flatMap((each) => rowKeys(rotated, each));
  expect(derived.map(({ id }) => id)).toEqual(['key-1', 'key-0', 'key-1', 'key-0', 'key-1', 'key-0']);
  const all = [key, older, ...derived].map((each) => Buffer.from(each.key).toString('hex'));
  expect(new Set(all).size).toBe(8);
  expect(rowKeys(keyring, place)).toEqual(rowKeys(keyring, { ...place }));
});
