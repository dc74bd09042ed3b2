import { generateKeyPairSync, sign } from 'node:crypto';
import { expect, test } from 'vitest';
import { isStrictEcdsaSignature } from './ecdsa-signature.ts';

test('signatures as OpenSSL makes them are strict', () => {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  // About every 128th has an integer shorter than 32 bytes.
  for (let index = 0; index < 500; index += 1) {
    expect(isStrictEcdsaSignature(sign('sha256', Buffer.from(String(index)), privateKey))).toBe(true);
  }
});

test.each([
  ['30060201010201ff', 'a negative integer'],
  ['3007020200010201 01', 'a needless zero'],
  ['3006020101020101 00', 'a byte too many'],
  ['3005020101020101', 'a length too short'],
  ['3081060201010201 01', 'a long form of the length'],
  ['3006030101020101', 'another type'],
  ['3004020102 0100', 'an integer that is cut'],
  ['3003020101', 'one integer'],
  ['3009020101020101020101', 'three integers'],
  ['300502000201 01', 'an empty integer'],
  ['3000', 'nothing inside'],
  ['', 'nothing'],
])('%s is not: %s', (hex) => {
  expect(isStrictEcdsaSignature(Buffer.from(hex.replaceAll(' ', ''), 'hex'))).toBe(false);
});

test('the smallest there is is strict', () => {
  expect(isStrictEcdsaSignature(Buffer.from('3006020101020101', 'hex'))).toBe(true);
});
