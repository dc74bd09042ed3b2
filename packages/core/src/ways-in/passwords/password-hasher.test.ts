import { expect, test } from 'vitest';
import { codesOf } from '../../testing/refusal-of.ts';
import { createPasswordHasher } from './password-hasher.ts';

test('a hash is Argon2id with the parameters that are recommended, and its salt is its own', async () => {
  const hasher = createPasswordHasher();
  const phc = await hasher.hash('a demo pass phrase');
  expect(phc).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$[A-Za-z0-9+/]{22}\$[A-Za-z0-9+/]{43}$/);
  expect(await hasher.hash('a demo pass phrase')).not.toBe(phc);
  expect(await hasher.verify(phc, 'a demo pass phrase')).toBe(true);
  expect(await hasher.verify(phc, 'a demo pass phrasE')).toBe(false);
});

test('all of a long password counts', async () => {
  const hasher = createPasswordHasher();
  const phc = await hasher.hash(`${'x'.repeat(127)}a`);
  expect(await hasher.verify(phc, `${'x'.repeat(127)}b`)).toBe(false);
});

test('nothing is the password of nobody', async () => {
  expect(await createPasswordHasher().verify(null, 'a demo pass phrase')).toBe(false);
});

test('of a burst so many are hashed, the others are refused at once, and then it goes on', async () => {
  const hasher = createPasswordHasher({ concurrencyMax: 1, waitingMax: 2 });
  const codes = await codesOf(Array.from({ length: 10 }, () => hasher.hash('a demo pass phrase')));
  expect(codes.filter((code) => code === null)).toHaveLength(3);
  expect(codes.filter((code) => code === 'SERVICE_BUSY')).toHaveLength(7);
  expect(await codesOf([hasher.hash('again'), hasher.hash('again')])).toEqual([null, null]);
});

test('what fails gives its turn back', async () => {
  const hasher = createPasswordHasher({ concurrencyMax: 1, waitingMax: 1 });
  await expect(hasher.verify('no PHC string', 'a demo pass phrase')).rejects.toThrow();
  expect(await hasher.verify(await hasher.hash('right'), 'right')).toBe(true);
});
