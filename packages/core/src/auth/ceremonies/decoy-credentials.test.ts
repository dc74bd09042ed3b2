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
