import { generateKeyPairSync, sign } from 'node:crypto';
import { expect, test } from 'vitest';
import { testTokenKey } from '../../testing/token-key.ts';
import { publicJwks, signAccessToken, verifyAccessToken } from './access-token.ts';

const first = testTokenKey('first');
const second = testTokenKey('second');
const settings = {
  issuer: 'https://api.errand.example',
  audience: 'errand-dash',
  accessTokenKeys: [first, second] as const,
};
const now = new Date('2026-01-01T12:00:00.900Z');
const given = {
  userId: '018f3c5a-0000-7000-8000-000000000001',
  sessionId: '018f3c5a-0000-7000-8000-000000000002',
  tokenId: '018f3c5a-0000-7000-8000-000000000003',
  now,
  lifetimeSeconds: 600,
};
const expected = { ...settings, now };
const invalid = { isRefusal: true, code: 'ACCESS_TOKEN_INVALID', details: {} };
const seconds = Math.floor(now.getTime() / 1000);

const claims = {
  iss: settings.issuer,
  aud: settings.audience,
  sub: given.userId,
  sid: given.sessionId,
  jti: given.tokenId,
  iat: seconds,
  exp: seconds + 600,
};
const header = { alg: 'EdDSA', typ: 'at+jwt', kid: 'first' };
const encode = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');

/** A token with these parts, signed as they say with the first key. */
function forge(changes: { header?: object; claims?: object }): string {
  const signed = `${encode({ ...header, ...changes.header })}.${encode({ ...claims, ...changes.claims })}`;
  return `${signed}.${sign(null, Buffer.from(signed), first.privateKey).toString('base64url')}`;
}

test('a token says who and in which session, for ten minutes', async () => {
  const { accessToken, expiresAt } = await signAccessToken(settings, given);
  expect(expiresAt).toEqual(new Date('2026-01-01T12:10:00Z'));
  expect(await verifyAccessToken(accessToken, expected)).toEqual({
    userId: given.userId,
    sessionId: given.sessionId,
    tokenId: given.tokenId,
    issuedAt: new Date('2026-01-01T12:00:00Z'),
    expiresAt,
  });
  const [head = ''] = accessToken.split('.');
  expect(JSON.parse(Buffer.from(head, 'base64url').toString())).toEqual(header);
});

test('the forger of these tests can make a right one', async () => {
  expect(await verifyAccessToken(forge({}), expected)).toMatchObject({ userId: given.userId });
});

test.each([
  [0, true],
  [599, true],
  [600, false],
  [86_400, false],
  [-30, true],
  [-61, false],
])('%i seconds after it was made it is valid: %s', async (age, isValid) => {
  const { accessToken } = await signAccessToken(settings, given);
  const at = new Date((seconds + age) * 1000);
  const claimsOrRefusal = await verifyAccessToken(accessToken, { ...expected, now: at });
  expect('userId' in claimsOrRefusal).toBe(isValid);
});

test.each<[string, { header?: object; claims?: object }]>([
  ['another issuer', { claims: { iss: 'https://evil.example' } }],
  ['another audience', { claims: { aud: 'other' } }],
  ['several audiences', { claims: { aud: [settings.audience, 'other'] } }],
  ['no issuer', { claims: { iss: undefined } }],
  ['no audience', { claims: { aud: undefined } }],
  ['no subject', { claims: { sub: undefined } }],
  ['no session', { claims: { sid: undefined } }],
  ['no id', { claims: { jti: undefined } }],
  ['no beginning', { claims: { iat: undefined } }],
  ['no end', { claims: { exp: undefined } }],
  ['an end as text', { claims: { exp: String(seconds + 600) } }],
  ['a longer life', { claims: { exp: seconds + 601 } }],
  ['a beginning still to come', { claims: { nbf: seconds + 1 } }],
  ['a subject that is no id', { claims: { sub: "' or 1=1" } }],
  ['another type', { header: { typ: 'JWT' } }],
  ['no type', { header: { typ: undefined } }],
  ['no algorithm', { header: { alg: 'none' } }],
  ['another algorithm', { header: { alg: 'HS256' } }],
  ['an unknown key', { header: { kid: 'third' } }],
  ['no key', { header: { kid: undefined } }],
  ['the name of another key', { header: { kid: 'second' } }],
  ['a critical extension', { header: { crit: ['exp'], exp: 1 } }],
])('a token with %s is refused', async (_, changes) => {
  expect(await verifyAccessToken(forge(changes), expected)).toEqual(invalid);
});

test('a token that brings its own key is refused', async () => {
  const { publicKey, privateKey } = generateKeyPairSync('ed25519');
  const jwk = publicKey.export({ format: 'jwk' });
  const signed = `${encode({ ...header, kid: 'own', jwk })}.${encode(claims)}`;
  const token = `${signed}.${sign(null, Buffer.from(signed), privateKey).toString('base64url')}`;
  expect(await verifyAccessToken(token, expected)).toEqual(invalid);
});

test('no other text than the one that was issued is taken', async () => {
  const { accessToken } = await signAccessToken(settings, given);
  const [head = '', body = '', signature = ''] = accessToken.split('.');
  const spare = signature.slice(0, -1) + nextCharacter(signature.at(-1) ?? '');
  expect(Buffer.from(spare, 'base64url')).toEqual(Buffer.from(signature, 'base64url'));
  for (const other of [
    ` ${accessToken}`,
    `${accessToken} `,
    `${accessToken}\n`,
    `${accessToken}=`,
    `${head}=.${body}.${signature}`,
    `${head}.${body}.${spare}`,
    `${head}.${body}.`,
    `${head}.${body}`,
    `${accessToken}.${signature}`,
    '',
    '..',
  ]) {
    expect(await verifyAccessToken(other, expected), other).toEqual(invalid);
  }
});

test('with any character altered it is refused', async () => {
  const { accessToken } = await signAccessToken(settings, given);
  for (let index = 0; index < accessToken.length; index += 1) {
    const altered =
      accessToken.slice(0, index) + nextCharacter(accessToken.charAt(index)) + accessToken.slice(index + 1);
    expect(await verifyAccessToken(altered, expected), altered).toEqual(invalid);
  }
});

test('beyond 8 KB nothing is read', async () => {
  const long = forge({ claims: { note: 'x'.repeat(6000) } });
  expect(long.length).toBeLessThan(8192 + 400);
  expect(await verifyAccessToken(long, expected)).toEqual(invalid);
});

test('both live keys verify, the first signs, and one that is gone verifies no more', async () => {
  const old = await signAccessToken({ ...settings, accessTokenKeys: [second] }, given);
  expect(await verifyAccessToken(old.accessToken, expected)).toMatchObject({ userId: given.userId });
  expect(await verifyAccessToken(old.accessToken, { ...expected, accessTokenKeys: [first] })).toEqual(
    invalid,
  );
});

test('the published keys hold no secret', () => {
  const { keys } = publicJwks(settings);
  expect(keys).toEqual([
    { kty: 'OKP', crv: 'Ed25519', x: expect.any(String), kid: 'first', alg: 'EdDSA', use: 'sig' },
    { kty: 'OKP', crv: 'Ed25519', x: expect.any(String), kid: 'second', alg: 'EdDSA', use: 'sig' },
  ]);
});

const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
const nextCharacter = (character: string): string =>
  character === '.' ? 'A' : alphabet.charAt((alphabet.indexOf(character) + 1) % 64);
