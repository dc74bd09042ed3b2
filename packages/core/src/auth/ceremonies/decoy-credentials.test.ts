import { expect, test } from 'vitest';
import { decoyCredentials } from './decoy-credentials.ts';

const key = Buffer.alloc(32, 1);

test('a name that nobody has always shows the same passkey, and another name another', () => {
  expect(decoyCredentials(key, 'nobody')).toEqual(decoyCredentials(key, 'nobody'));
  expect(decoyCredentials(key, 'nobody')).not.toEqual(decoyCredentials(key, 'somebody'));
  expect(decoyCredentials(key, 'nobody')).not.toEqual(decoyCredentials(Buffer.alloc(32, 2), 'nobody'));
});

test('decoys have the lengths and transports that real passkeys have, all of them', () => {
  const shapes = new Set(
    Array.from({ length: 200 }, (_, index) => {
      return decoyCredentials(key, `name_${index}`).map(
        ({ id, transports }) => `${Buffer.from(id, 'base64url').length} ${transports.join(' ')}`,
      );
    }).flat(),
  );
  expect([...shapes].sort()).toEqual([
    '16 internal hybrid',
    '20 internal hybrid',
    '32 internal',
    '32 internal hybrid',
  ]);
});

test('some names have one decoy, some two or three, and no two of them are the same', () => {
  const all = Array.from({ length: 200 }, (_, index) => decoyCredentials(key, `name_${index}`));
  expect([...new Set(all.map(({ length }) => length))].sort()).toEqual([1, 2, 3]);
  expect(all.filter(({ length }) => length === 1).length).toBeGreaterThan(100);
  const ids = all.flat().map(({ id }) => id);
  expect(new Set(ids).size).toBe(ids.length);
});
