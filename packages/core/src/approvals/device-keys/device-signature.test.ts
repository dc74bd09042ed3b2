import { generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import { expect, test } from 'vitest';
import { isEd25519KeySound } from '../../auth/index.ts';
import { deviceKeyMessage, verifyDeviceSignature } from './device-signature.ts';

const rawOf = (key: KeyObject) => Buffer.from(key.export({ format: 'jwk' }).x ?? '', 'base64url');
const pair = generateKeyPairSync('ed25519');
const publicKey = rawOf(pair.publicKey);
const challenge = Buffer.alloc(32, 5);
const signature = sign(null, deviceKeyMessage(challenge), pair.privateKey);

test('what is signed is the domain, a zero byte and the challenge', () => {
  const domain = Buffer.from('errand-dash/device-key-signature/v1');
  expect(deviceKeyMessage(challenge)).toEqual(Buffer.concat([domain, Buffer.of(0), challenge]));
});

test('a device key signs its challenge and no other', () => {
  expect(verifyDeviceSignature({ publicKey, challenge, signature })).toBe(true);
  expect(verifyDeviceSignature({ publicKey, challenge: Buffer.alloc(32, 6), signature })).toBe(false);
  const other = rawOf(generateKeyPairSync('ed25519').publicKey);
  expect(verifyDeviceSignature({ publicKey: other, challenge, signature })).toBe(false);
});

test('a signature over the bare challenge, or in another domain, is none', () => {
  for (const message of [
    challenge,
    Buffer.concat([Buffer.from('errand-dash/device-key-signature/v2\0'), challenge]),
    Buffer.concat([Buffer.from('errand-dash/device-key-signature/v1'), challenge]),
  ]) {
    const bare = sign(null, message, pair.privateKey);
    expect(verifyDeviceSignature({ publicKey, challenge, signature: bare })).toBe(false);
  }
});

test('with any one bit turned over a signature is none', () => {
  for (let bit = 0; bit < 512; bit += 1) {
    const altered = Buffer.from(signature);
    altered.writeUInt8(altered.readUInt8(bit >> 3) ^ (1 << (bit & 7)), bit >> 3);
    expect(verifyDeviceSignature({ publicKey, challenge, signature: altered })).toBe(false);
  }
});

test('a signature of another length is none', () => {
  for (const length of [0, 32, 63]) {
    const cut = signature.subarray(0, length);
    expect(verifyDeviceSignature({ publicKey, challenge, signature: cut })).toBe(false);
  }
  const longer = Buffer.concat([signature, Buffer.of(0)]);
  expect(verifyDeviceSignature({ publicKey, challenge, signature: longer })).toBe(false);
});

// The curve of RFC 8032, section 5.1: -x² + y² = 1 + dx²y² over the field of p.
const p = 2n ** 255n - 19n;
const modulo = (value: bigint) => ((value % p) + p) % p;
function power(base: bigint, exponent: bigint): bigint {
  let result = 1n;
  for (let rest = exponent, square = modulo(base); rest > 0n; rest >>= 1n, square = modulo(square * square)) {
    if (rest & 1n) result = modulo(result * square);
  }
  return result;
}
const inverse = (value: bigint) => power(value, p - 2n);
const d = modulo(-121665n * inverse(121666n));
const encode = (y: bigint, isNegative = false) => {
  const bytes = Buffer.from(y.toString(16).padStart(64, '0'), 'hex').reverse();
  bytes.writeUInt8(bytes.readUInt8(31) | (isNegative ? 0x80 : 0), 31);
  return bytes;
};
/** x² of a point, or null where there is none of this y. */
const xSquared = (y: bigint) => modulo((y * y - 1n) * inverse(d * y * y + 1n));
const isSquare = (value: bigint) => value === 0n || power(value, (p - 1n) / 2n) === 1n;
/** The y of a point added to itself. */
const doubledY = (y: bigint) => {
  const xx = xSquared(y);
  return modulo((y * y + xx) * inverse(2n - (modulo(-xx) + y * y)));
};
/** Whether eight times a point is the neutral one, whose y is 1 and whose order is 1. */
const isOfSmallOrder = (y: bigint) => isSquare(xSquared(y)) && doubledY(doubledY(doubledY(modulo(y)))) === 1n;

test('a key of small order is not sound, in any of its forms', () => {
  const canonical = ['26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05'].map((hex) =>
    BigInt(`0x${Buffer.from(hex, 'hex').reverse().toString('hex')}`),
  );
  const eighth = canonical[0] ?? 0n;
  const torsion = [0n, 1n, p - 1n, eighth, p - eighth];
  for (const y of torsion) expect(isOfSmallOrder(y)).toBe(true);
  // Of y = ±1 there is one point each, of the others two: with the neutral one all eight.
  const points = torsion.reduce((count, y) => count + (xSquared(y) === 0n ? 1 : 2), 0);
  expect(points).toBe(8);
  for (const y of [...torsion, p, p + 1n]) {
    expect(isEd25519KeySound(encode(y))).toBe(false);
    expect(isEd25519KeySound(encode(y, true))).toBe(false);
  }
  expect(isOfSmallOrder(4n * inverse(5n))).toBe(false);
  expect(isEd25519KeySound(encode(modulo(4n * inverse(5n))))).toBe(true);
  expect(isEd25519KeySound(publicKey)).toBe(true);
  expect(isEd25519KeySound(publicKey.subarray(1))).toBe(false);
});

test('what nobody signed is refused under a key of small order', () => {
  const nobodys = { publicKey: encode(1n), signature: Buffer.concat([encode(1n), Buffer.alloc(32)]) };
  for (const fill of [1, 2, 3]) {
    expect(verifyDeviceSignature({ ...nobodys, challenge: Buffer.alloc(32, fill) })).toBe(false);
  }
});
