import { expect, test } from 'vitest';
import { decoyCredentials } from './decoy-credentials.ts';

const key = Buffer.alloc(32, 1);

test('a name that nobody has always shows the same passkey, and another name another', () => {
  expect(decoyCredentials(key, 'nobody')).toEqual(decoyCredentials(key, 'nobody'));
  expect(decoyCredentials(key, 'nobody')).not.toEqual(decoyCredentials(key, 'somebody'));
  expect(decoyCredentials(key, 'nobody')).not.toEqual(decoyCredentials(Buffer.alloc(32, 2), 'nobody'));
});

test('some names show two passkeys or three, none of them twice', () => {
  const counts = new Set<number>();
  for (let index = 0; index < 200; index += 1) {
    const ids = decoyCredentials(key, `name_${index}`).map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
    counts.add(ids.length);
  }
  expect([...counts].sort()).toEqual([1, 2, 3]);
});

test('decoys have the lengths and transports that real passkeys have, all of them', () => {
  const shapes = new Set(
    Array.from({ length: 200 }, (_, index) => {
      const [decoy] = decoyCredentials(key, `name_${index}`);
      return `${Buffer.from(decoy?.id ?? '', 'base64url').length} ${decoy?.transports.join(' ')}`;
    }),
  );
  expect([...shapes].sort()).toEqual([
    '16 internal hybrid',
    '20 internal hybrid',
    '32 internal',
    '32 internal hybrid',
  ]);
});
