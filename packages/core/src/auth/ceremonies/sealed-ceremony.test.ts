import { randomBytes, randomUUID } from 'node:crypto';
import { expect, test } from 'vitest';
import { defaultPolicy } from '../../policy.ts';
import type { Keyring, SealingKey } from '../../sealing.ts';
import { beginCeremony, type CeremonyPurpose, ceremonyIdOf, openCeremony } from './sealed-ceremony.ts';

const now = new Date('2026-01-01T12:00:00Z');
const keyNamed = (id: string): SealingKey => ({ id, key: randomBytes(32) });
const serverWith = (...wrapping: Keyring['wrapping']) => ({
  keyring: { wrapping, blindIndexKey: randomBytes(32) },
  policy: defaultPolicy,
  random: randomBytes,
});
const server = serverWith(keyNamed('key-1'));

const [userId, sessionId] = [randomUUID(), randomUUID()];
const registrant = { userId, handle: 'ada', displayName: 'Ada' };
const owner: CeremonyPurpose = { purpose: 'add_passkey', userId, sessionId };

const [one, other] = [{ purpose: 'registration' }, { purpose: 'sign_in' }] as const;
const begin = (core = server) => beginCeremony(core, now, one, registrant);

test('a ceremony opens as what it was begun, with its challenge, for two minutes', () => {
  const { ceremony, challenge, expiresAt } = begin();
  expect(challenge).toHaveLength(32);
  expect(expiresAt).toEqual(new Date('2026-01-01T12:02:00Z'));
  const id = ceremonyIdOf(ceremony);
  expect(openCeremony(server, one, ceremony)).toEqual({ id, challenge, expiresAt, topic: registrant });
});

test('no two have an id, a challenge or a text in common', () => {
  const begun = Array.from({ length: 100 }, () => begin());
  for (const partOf of [
    ({ ceremony }: (typeof begun)[0]) => ceremony,
    ({ ceremony }: (typeof begun)[0]) => ceremonyIdOf(ceremony),
    ({ challenge }: (typeof begun)[0]) => Buffer.from(challenge).toString('hex'),
  ]) {
    expect(new Set(begun.map(partOf)).size).toBe(100);
  }
});

test('nothing of it can be read out of the text but its id', () => {
  const { ceremony, challenge } = begin();
  const bytes = Buffer.from(ceremony, 'base64url').toString('latin1');
  for (const part of [userId, 'ada', 'registration', Buffer.from(challenge).toString('base64url')]) {
    expect(bytes).not.toContain(part);
  }
});

test.each<[string, CeremonyPurpose, CeremonyPurpose]>([
  ['another purpose', one, other],
  ['another purpose, the other way', other, one],
  ['nobody', owner, one],
  ['somebody else', owner, { ...owner, userId: randomUUID() }],
  ['another session', owner, { ...owner, sessionId: randomUUID() }],
  ['person and session in each other’s place', owner, { ...owner, userId: sessionId, sessionId: userId }],
])('it does not open for %s', (_, begunFor, openedFor) => {
  const { ceremony } = beginCeremony(server, now, begunFor, registrant);
  expect(openCeremony(server, begunFor, ceremony)).not.toBeNull();
  expect(openCeremony(server, openedFor, ceremony)).toBeNull();
});

test('with any bit altered it does not open', () => {
  const bytes = Buffer.from(begin().ceremony, 'base64url');
  for (let index = 0; index < bytes.length * 8; index += 1) {
    const altered = Buffer.from(bytes);
    altered[index >> 3] = (altered[index >> 3] ?? 0) ^ (1 << (index & 7));
    expect(openCeremony(server, one, altered.toString('base64url')), `bit ${index}`).toBeNull();
  }
});

test('cut at any length it does not open', () => {
  const { ceremony } = begin();
  for (let length = 0; length < ceremony.length - 1; length += 1) {
    expect(openCeremony(server, one, ceremony.slice(0, length)), `length ${length}`).toBeNull();
  }
});

test('it opens under a key that is an older one now, and not under one that is gone or has its name', () => {
  const { ceremony } = begin();
  const [key] = server.keyring.wrapping;
  expect(openCeremony(serverWith(keyNamed('key-2'), key), one, ceremony)).toMatchObject({
    topic: registrant,
  });
  expect(openCeremony(serverWith(keyNamed('key-2')), one, ceremony)).toBeNull();
  expect(openCeremony(serverWith(keyNamed('key-1')), one, ceremony)).toBeNull();
});

test('a person and nobody make ceremonies of one length, as long as as many passkeys are shown', () => {
  const lengthFor = (...allowedPasskeyIds: string[]) =>
    beginCeremony(server, now, other, { allowedPasskeyIds }).ceremony.length;
  const nobodys = '00000000-0000-0000-0000-000000000000';
  for (const count of [1, 2, 3]) {
    const ids = Array.from({ length: count }, () => randomUUID());
    expect(lengthFor(...ids)).toBe(lengthFor(...ids.map(() => nobodys)));
  }
});
