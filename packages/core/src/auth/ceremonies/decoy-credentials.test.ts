import { expect, test } from 'vitest';
import { decoyCredentials } from './decoy-credentials.ts';

const key = Buffer.alloc(32, 1);

test('a name that nobody has always shows the same passkey, and another name another', () => {
  expect(decoyCredentials(key, 'nobody')).toEqual(decoyCredentials(key, 'nobody'));
  expect(decoyCredentials(key, 'nobody')).not.toEqual(decoyCredentials(key, 'somebody'));
  expect(decoyCredentials(key, 'nobody')).not.toEqual(decoyCredentials(Buffer.alloc(32, 2), 'nobody'));
});

const many = Array.from({ length: 3000 }, (_, index) => decoyCredentials(key, `name_${index}`));
const shapes = many.flat().map(({ id, transports }) => {
  return `${Buffer.from(id, 'base64url').length} ${transports.join(' ')}`.trim();
});

test('decoys have the lengths and transports that real passkeys have, those of security keys among them', () => {
  expect([...new Set(shapes)].sort()).toEqual([
    '16 hybrid internal',
    '16 usb',
    '20 hybrid internal',
    '32',
    '32 hybrid internal',
    '32 internal',
    '32 usb',
    '48 ble nfc usb',
    '48 nfc usb',
    '64 nfc usb',
    '64 usb',
    '96 nfc usb',
  ]);
});

test('security keys are few among them, and passkeys of phones most', () => {
  const shareOf = (word: string) => shapes.filter((shape) => shape.includes(word)).length / shapes.length;
  expect(shareOf('usb')).toBeGreaterThan(0.05);
  expect(shareOf('usb')).toBeLessThan(0.2);
  expect(shareOf('hybrid')).toBeGreaterThan(0.6);
});

test('most names have one decoy, some up to six, and no two of them are the same', () => {
  expect([...new Set(many.map(({ length }) => length))].sort()).toEqual([1, 2, 3, 4, 5, 6]);
  expect(many.filter(({ length }) => length === 1).length).toBeGreaterThan(1500);
  const ids = many.flat().map(({ id }) => id);
  expect(new Set(ids).size).toBe(ids.length);
});
