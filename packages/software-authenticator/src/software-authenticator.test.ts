import { verifyAuthenticationResponse, verifyRegistrationResponse } from '@simplewebauthn/server';
import { expect, test } from 'vitest';
import type { Algorithm } from './credential-key.ts';
import { createSoftwareAuthenticator } from './software-authenticator.ts';

const origin = 'https://app.errand.example';
const rpId = 'errand.example';
const creation = {
  rp: { id: rpId, name: 'Demo' },
  user: { id: Buffer.from('person-1').toString('base64url'), name: 'ada', displayName: 'Ada' },
  challenge: Buffer.alloc(32, 1).toString('base64url'),
  pubKeyCredParams: [-8, -7, -257].map((alg) => ({ alg, type: 'public-key' })),
};
const request = { challenge: Buffer.alloc(32, 2).toString('base64url'), rpId };

test.each<[Algorithm, number]>([
  ['ES256', -7],
  ['EdDSA', -8],
  ['RS256', -257],
])('what it makes with %s is accepted by a relying party', async (algorithm, number) => {
  const authenticator = createSoftwareAuthenticator({ origin, algorithms: [algorithm] });
  const attestation = await authenticator.create(creation);
  expect(attestation.response.publicKeyAlgorithm).toBe(number);
  const registered = await verifyRegistrationResponse({
    response: attestation,
    expectedChallenge: creation.challenge,
    expectedOrigin: origin,
    expectedRPID: rpId,
  });
  if (!registered.verified) throw new Error('not verified');
  const { credential, credentialDeviceType, credentialBackedUp } = registered.registrationInfo;
  expect([credential.id, credentialDeviceType, credentialBackedUp]).toEqual([
    attestation.id,
    'multiDevice',
    true,
  ]);

  const assertion = await authenticator.get(request);
  expect(assertion.response.userHandle).toBe(creation.user.id);
  const signedIn = await verifyAuthenticationResponse({
    response: assertion,
    expectedChallenge: request.challenge,
    expectedOrigin: origin,
    expectedRPID: rpId,
    credential,
  });
  expect(signedIn.verified).toBe(true);
  expect(signedIn.authenticationInfo).toMatchObject({ newCounter: 1, userVerified: true });
});

test('a passkey moves to another authenticator with its key and counter', async () => {
  const first = createSoftwareAuthenticator({ origin, isBackupEligible: false, isBackedUp: false });
  const { id } = await first.create(creation);
  await first.get(request);
  const second = createSoftwareAuthenticator({ origin });
  second.import(first.export());
  expect(second.export()).toEqual(first.export());
  expect((await second.get({ ...request, allowCredentials: [{ id, type: 'public-key' }] })).id).toBe(id);
  expect(second.export()[0]).toMatchObject({ counter: 2, isBackupEligible: false });
});

test('it refuses what a browser refuses', async () => {
  const authenticator = createSoftwareAuthenticator({ origin, algorithms: ['ES256'] });
  await expect(
    authenticator.create({ ...creation, rp: { id: 'other.example', name: 'Other' } }),
  ).rejects.toThrow(expect.objectContaining({ name: 'SecurityError' }));
  await expect(authenticator.get(request)).rejects.toThrow(
    expect.objectContaining({ name: 'NotAllowedError' }),
  );
  const eddsaOnly = { ...creation, pubKeyCredParams: [{ alg: -8, type: 'public-key' }] };
  await expect(authenticator.create(eddsaOnly)).rejects.toThrow(
    expect.objectContaining({ name: 'NotSupportedError' }),
  );
  const { id } = await authenticator.create(creation);
  const again = { ...creation, excludeCredentials: [{ id, type: 'public-key' }] };
  await expect(authenticator.create(again)).rejects.toThrow(
    expect.objectContaining({ name: 'InvalidStateError' }),
  );
});

test('without a counter it always says 0', async () => {
  const authenticator = createSoftwareAuthenticator({ origin, hasCounter: false });
  await authenticator.create(creation);
  const { response } = await authenticator.get(request);
  expect(Buffer.from(response.authenticatorData, 'base64url').readUInt32BE(33)).toBe(0);
});
