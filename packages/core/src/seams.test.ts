import { createPublicKey } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import {
  type AssertionResponse,
  isRefusal,
  open,
  type RegistrationResponse,
  seal,
  verifyAccessToken,
  verifyAssertion,
  verifyRegistration,
} from './index.ts';

// Every value here was made from the published formats with other tools than ours: the Ed25519 key is that of RFC 8037,
// appendix A.1, the P-256 key that of RFC 6979, appendix A.2.5. So anybody can run vectors of his own the same way.

const userId = '018f3c5a-0000-7000-8000-000000000001';

describe('an access token', () => {
  const token =
    'eyJhbGciOiJFZERTQSIsInR5cCI6ImF0K2p3dCIsImtpZCI6InJmYzgwMzcifQ.eyJpc3MiOiJodHRwczovL2FwaS5lcnJhbmQuZXhhbXBsZSIsImF1ZCI6ImVycmFuZC1kYXNoIiwic3ViIjoiMDE4ZjNjNWEtMDAwMC03MDAwLTgwMDAtMDAwMDAwMDAwMDAxIiwic2lkIjoiMDE4ZjNjNWEtMDAwMC03MDAwLTgwMDAtMDAwMDAwMDAwMDAyIiwianRpIjoiMDE4ZjNjNWEtMDAwMC03MDAwLTgwMDAtMDAwMDAwMDAwMDAzIiwiaWF0IjoxNzY3MjY4ODAwLCJleHAiOjE3NjcyNjk0MDB9.np0QEWcTr4NVl3Qi1xmSmJKy0kE2_zWYbrxvwRO8RNLvo-EWt9RyNSmKPkvCk8fAIF63RRfYBqdIaKpwbRRKCQ';
  const jwk = { kty: 'OKP', crv: 'Ed25519', x: '11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo' };
  const publicKey = createPublicKey({ key: jwk, format: 'jwk' });
  const expected = {
    accessTokenKeys: [{ id: 'rfc8037', publicKey }],
    issuer: 'https://api.errand.example',
    audience: 'errand-dash',
    now: new Date('2026-01-01T12:05:00Z'),
  };

  test('of a given key is read', async () => {
    expect(await verifyAccessToken(token, expected)).toEqual({
      userId,
      sessionId: '018f3c5a-0000-7000-8000-000000000002',
      tokenId: '018f3c5a-0000-7000-8000-000000000003',
      issuedAt: new Date('2026-01-01T12:00:00Z'),
      expiresAt: new Date('2026-01-01T12:10:00Z'),
    });
  });

  test('is refused with another letter, another audience or after its time', async () => {
    const refused = [
      await verifyAccessToken(token.replace('.np0', '.np1'), expected),
      await verifyAccessToken(token, { ...expected, audience: 'another' }),
      await verifyAccessToken(token, { ...expected, now: new Date('2026-01-01T12:10:00Z') }),
    ];
    expect(refused.map(isRefusal)).toEqual([true, true, true]);
  });
});

describe('a field', () => {
  const key = { id: 'key-1', key: Buffer.from(Array.from({ length: 32 }, (_, index) => index)) };
  const place = { table: 'users', row: userId, column: 'phone_sealed' };
  const sealed =
    '01056b65792d31a0a1a2a3a4a5a6a7a8a9aaabcd2a4f197dfb318e5056b3e6314d36b86ccb438de3f77d20523faed4c82c';

  test('that was sealed with a given key opens, and is sealed to the same bytes with the same nonce', () => {
    expect(open([key], place, Buffer.from(sealed, 'hex')).toString()).toBe('+2348031234567');
    const nonce = (bytes: number) => Buffer.from(Array.from({ length: bytes }, (_, index) => 0xa0 + index));
    expect(seal(key, place, '+2348031234567', nonce).toString('hex')).toBe(sealed);
  });
});

const expected = {
  challenge: Buffer.alloc(32, 7),
  origins: ['https://app.errand.example'],
  rpId: 'errand.example',
};
const credentialId = Buffer.from(Array.from({ length: 16 }, (_, index) => index));
const id = 'AAECAwQFBgcICQoLDA0ODw';
const created =
  'eyJ0eXBlIjoid2ViYXV0aG4uY3JlYXRlIiwiY2hhbGxlbmdlIjoiQndjSEJ3Y0hCd2NIQndjSEJ3Y0hCd2NIQndjSEJ3Y0hCd2NIQndjSEJ3YyIsIm9yaWdpbiI6Imh0dHBzOi8vYXBwLmVycmFuZC5leGFtcGxlIiwiY3Jvc3NPcmlnaW4iOmZhbHNlfQ';
const got =
  'eyJ0eXBlIjoid2ViYXV0aG4uZ2V0IiwiY2hhbGxlbmdlIjoiQndjSEJ3Y0hCd2NIQndjSEJ3Y0hCd2NIQndjSEJ3Y0hCd2NIQndjSEJ3YyIsIm9yaWdpbiI6Imh0dHBzOi8vYXBwLmVycmFuZC5leGFtcGxlIiwiY3Jvc3NPcmlnaW4iOmZhbHNlfQ';
const authenticatorData = 'eMVW00bBxE2lv33XUV-yLZEEQemk986SB14xsAzSPNMdAAAAAQ';

describe.each([
  {
    name: 'ES256',
    algorithm: -7,
    publicKey:
      'a501020326200121582060fed4ba255a9d31c961eb74c6356d68c049b8923b61fa6ce669622e60f29fb62258207903fe1008b8bc99a41ae9e95628bc64f2f1b20c2d7e9f5177a3c294d4462299',
    attestationObject:
      'o2NmbXRkbm9uZWdhdHRTdG10oGhhdXRoRGF0YViUeMVW00bBxE2lv33XUV-yLZEEQemk986SB14xsAzSPNNdAAAAAAAAAAAAAAAAAAAAAAAAAAAAEAABAgMEBQYHCAkKCwwNDg-lAQIDJiABIVggYP7UuiVanTHJYet0xjVtaMBJuJI7Yfps5mliLmDyn7YiWCB5A_4QCLi8maQa6elWKLxk8vGyDC1-n1F3o8KU1EYimQ',
    signature:
      'MEQCIA7kts6rs4dZxHS6ZDCvu9R53-6TULCOVso5omNo0VtuAiBmtF7GH-o2o7uTubIBjL2vMKi4BeRjeKfJzrgP9IusKg',
  },
  {
    name: 'EdDSA',
    algorithm: -8,
    publicKey: 'a4010103272006215820d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a',
    attestationObject:
      'o2NmbXRkbm9uZWdhdHRTdG10oGhhdXRoRGF0YVhxeMVW00bBxE2lv33XUV-yLZEEQemk986SB14xsAzSPNNdAAAAAAAAAAAAAAAAAAAAAAAAAAAAEAABAgMEBQYHCAkKCwwNDg-kAQEDJyAGIVgg11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo',
    signature: '9v_PvS1Znt3NWg1Tgg0SwdtRv1LDRnpKu5qyahjQhJvoPFUioZo_6BAGwOKXwyNQnej-MZ8PokR806CU4xSqDg',
  },
])('a passkey of $name', ({ algorithm, publicKey, attestationObject, signature }) => {
  const registration: RegistrationResponse = {
    ...{ id, rawId: id, type: 'public-key' },
    response: { clientDataJSON: created, attestationObject },
  };
  const assertion: AssertionResponse = {
    ...{ id, rawId: id, type: 'public-key' },
    response: { clientDataJSON: got, authenticatorData, signature, userHandle: 'AY88WgAAcACAAAAAAAAAAQ' },
  };
  const passkey = {
    ...{ userId, credentialId, publicKey: Buffer.from(publicKey, 'hex') },
    ...{ counter: 0, isBackupEligible: true },
  };
  const named = { ...expected, isUserHandleRequired: true };

  test('is registered for a given challenge, origin and relying party', async () => {
    expect(await verifyRegistration(registration, expected)).toEqual({
      isVerified: true,
      credential: {
        ...{ credentialId, publicKey: Buffer.from(publicKey, 'hex'), algorithm, counter: 0 },
        ...{ isBackupEligible: true, isBackedUp: true, transports: [] },
      },
    });
  });

  test('answers a given challenge, origin and relying party', async () => {
    const verified = { isVerified: true, counter: 1, isBackedUp: true };
    expect(await verifyAssertion(assertion, passkey, named)).toEqual(verified);
  });

  test.each([
    ['challenge', { challenge: Buffer.alloc(32, 8) }],
    ['origin', { origins: ['https://evil.example'] }],
    ['relying party', { rpId: 'evil.example' }],
  ])('is neither for another %s', async (_name, other) => {
    const refused = { isVerified: false };
    expect(await verifyRegistration(registration, { ...expected, ...other })).toMatchObject(refused);
    expect(await verifyAssertion(assertion, passkey, { ...named, ...other })).toMatchObject(refused);
  });
});
