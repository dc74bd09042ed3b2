import { generateKeyPairSync } from 'node:crypto';
import { isoCBOR } from '@simplewebauthn/server/helpers';
import { expect, test } from 'vitest';
import { algorithmOf } from './public-key.ts';

const bytes = (text: string | undefined): Uint8Array => Uint8Array.from(Buffer.from(text ?? '', 'base64url'));
const cose = (members: [number, number | Uint8Array][]): Uint8Array => isoCBOR.encode(new Map(members));

const p256 = generateKeyPairSync('ec', { namedCurve: 'P-256' }).publicKey.export({ format: 'jwk' });
const ed25519 = generateKeyPairSync('ed25519').publicKey.export({ format: 'jwk' });
const rsa = (modulusLength: number) =>
  generateKeyPairSync('rsa', { modulusLength }).publicKey.export({ format: 'jwk' });

const es256 = (alg: number, curve: number, x: Uint8Array, y: Uint8Array) =>
  cose([
    [1, 2],
    [3, alg],
    [-1, curve],
    [-2, x],
    [-3, y],
  ]);
const eddsa = (x: Uint8Array) =>
  cose([
    [1, 1],
    [3, -8],
    [-1, 6],
    [-2, x],
  ]);
const rs256 = (n: Uint8Array, e: Uint8Array) =>
  cose([
    [1, 3],
    [3, -257],
    [-1, n],
    [-2, e],
  ]);

test.each<[number, Uint8Array]>([
  [-7, es256(-7, 1, bytes(p256.x), bytes(p256.y))],
  [-8, eddsa(bytes(ed25519.x))],
  [-257, rs256(bytes(rsa(2048).n), bytes('AQAB'))],
])('a usable key of algorithm %i is taken', (algorithm, key) => {
  expect(algorithmOf(key)).toBe(algorithm);
});

test.each<[string, Uint8Array]>([
  ['a point that is not on P-256', es256(-7, 1, bytes(p256.x), bytes(p256.x))],
  ['another curve', es256(-7, 2, bytes(p256.x), bytes(p256.y))],
  ['a key of another type than its algorithm', es256(-8, 1, bytes(p256.x), bytes(p256.y))],
  ['an algorithm that is not offered', es256(-35, 1, bytes(p256.x), bytes(p256.y))],
  ['an Ed25519 key of 31 bytes', eddsa(bytes(ed25519.x).subarray(1))],
  ['an Ed25519 key of small order', eddsa(Uint8Array.of(1, ...new Uint8Array(31)))],
  ['an RSA key of 1024 bits', rs256(bytes(rsa(1024).n), bytes('AQAB'))],
  ['an RSA key whose exponent is 1', rs256(bytes(rsa(2048).n), Uint8Array.of(1))],
  ['an RSA key of 100,000 bits', rs256(new Uint8Array(12_500).fill(0xff), bytes('AQAB'))],
  ['no key', cose([])],
])('%s is refused', (_, key) => {
  expect(() => algorithmOf(key)).toThrow('the public key is not usable');
});
