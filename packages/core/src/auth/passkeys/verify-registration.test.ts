import { createHash, createPrivateKey, sign } from 'node:crypto';
import {
  type Algorithm,
  createSoftwareAuthenticator,
  type Deviations,
} from '@errand-dash/software-authenticator';
import { expect, test } from 'vitest';
import { registrationOptions } from '../ceremonies/ceremony-options.rules.ts';
import { type RegistrationResponse, verifyRegistration } from './verify-registration.ts';

const origin = 'https://app.errand.example';
const expected = { challenge: Buffer.alloc(32, 7), origins: [origin], rpId: 'errand.example' };
const person = { userId: '018f3c5a-0000-7000-8000-000000000001', handle: 'ada', displayName: 'Ada' };
const options = registrationOptions({ rpId: expected.rpId, rpName: 'Demo' }, person, expected.challenge, 120);

const create = (deviations: Deviations = {}, algorithm: Algorithm = 'ES256'): Promise<RegistrationResponse> =>
  createSoftwareAuthenticator({ origin, algorithms: [algorithm] }).create(options, deviations);

test.each<[Algorithm, number]>([
  ['ES256', -7],
  ['EdDSA', -8],
  ['RS256', -257],
])('a genuine registration with %s is verified', async (algorithm, number) => {
  const response = await create({}, algorithm);
  const verdict = await verifyRegistration(response, expected);
  expect(verdict).toMatchObject({
    isVerified: true,
    credential: { algorithm: number, counter: 0, isBackupEligible: true, isBackedUp: true },
  });
  if (!verdict.isVerified) throw new Error(verdict.reason);
  expect(verdict.credential.credentialId.toString('base64url')).toBe(response.id);
});

test.each<[string, Deviations]>([
  ['origin', { origin: 'https://canary.example' }],
  ['origin with quotes in it', { origin: 'a "b" canary' }],
  ['challenge', { challenge: Buffer.from('canary challenge').toString('base64url') }],
  ['type', { type: 'canary' }],
  ['relying party', { rpId: 'canary.example' }],
])('why it is refused quotes nothing of the caller’s own %s', async (_, deviations) => {
  const verdict = await verifyRegistration(await create(deviations), expected);
  const reason = verdict.isVerified ? '' : verdict.reason;
  expect(reason).toMatch(/^\w+: \w[\w ]+$/);
  expect(reason).not.toMatch(/canary|Y2FuYXJ5/);
});

test('what is no JSON is refused without a word of it', async () => {
  const { response, ...rest } = await create();
  const clientDataJSON = Buffer.from('canary words').toString('base64url');
  const verdict = await verifyRegistration({ ...rest, response: { ...response, clientDataJSON } }, expected);
  expect(verdict).toEqual({ isVerified: false, reason: expect.not.stringContaining('canary') });
});

test.each<[string, Deviations]>([
  ['another origin', { origin: 'https://evil.example' }],
  ['a subdomain of ours', { origin: 'https://app.errand.example.evil.example' }],
  ['a sibling subdomain', { origin: 'https://other.errand.example' }],
  ['http', { origin: 'http://app.errand.example' }],
  ['another port', { origin: 'https://app.errand.example:8443' }],
  ['another relying party', { rpId: 'evil.example' }],
  ["a subdomain's relying party", { rpId: 'app.errand.example' }],
  ['another challenge', { challenge: Buffer.alloc(32, 8).toString('base64url') }],
  ['a sign-in', { type: 'webauthn.get' }],
  ['a frame of another site', { crossOrigin: true }],
  ['a frame with its top origin', { crossOrigin: true, topOrigin: 'https://evil.example' }],
  ['a top origin alone', { topOrigin: 'https://evil.example' }],
  ['no user verification', { isUserVerified: false }],
  ['no user presence', { isUserPresent: false }],
  ['backed up but not eligible', { isBackupEligible: false, isBackedUp: true }],
  ['a credential id of 1024 bytes', { credentialId: Buffer.alloc(1024, 1).toString('base64url') }],
])('a registration with %s is refused', async (_, deviations) => {
  expect(await verifyRegistration(await create(deviations), expected)).toMatchObject({ isVerified: false });
});

test('a credential id of 1023 bytes is taken', async () => {
  const response = await create({ credentialId: Buffer.alloc(1023, 1).toString('base64url') });
  expect(await verifyRegistration(response, expected)).toMatchObject({ isVerified: true });
});

test('an id beside the signed one is refused', async () => {
  const other = Buffer.alloc(32, 9).toString('base64url');
  const response = { ...(await create()), id: other, rawId: other };
  expect(await verifyRegistration(response, expected)).toEqual({
    isVerified: false,
    reason: 'another id than the signed one',
  });
});

test('with any byte of the attestation object altered it is refused', async () => {
  const response = await create();
  const bytes = Buffer.from(response.response.attestationObject, 'base64url');
  const start = bytes.indexOf('authData') + 'authData'.length + 2;
  // "none" signs nothing, so that counter and model may say what they like; the server trusts neither.
  const unsigned = new Set([33, 34, 35, 36, ...Array.from({ length: 16 }, (_, index) => 37 + index)]);
  const accepted: number[] = [];
  for (let index = 0; index < bytes.length; index += 1) {
    const altered = Buffer.from(bytes);
    altered[index] = (altered[index] ?? 0) ^ 0xff;
    const verdict = await verifyRegistration(withAttestation(response, altered), expected);
    if (verdict.isVerified) accepted.push(index - start);
  }
  expect(accepted).toEqual([...unsigned].sort((one, other) => one - other));
});

test('with any byte of the client data altered it is refused', async () => {
  const response = await create();
  const bytes = Buffer.from(response.response.clientDataJSON, 'base64url');
  // "none" signs nothing, and what does not say that it was cross-origin was not.
  const name = bytes.indexOf('crossOrigin');
  const accepted: number[] = [];
  for (let index = 0; index < bytes.length; index += 1) {
    const altered = Buffer.from(bytes);
    altered[index] = (altered[index] ?? 0) ^ 0x1f;
    const clientDataJSON = altered.toString('base64url');
    const tampered = { ...response, response: { ...response.response, clientDataJSON } };
    if ((await verifyRegistration(tampered, expected)).isVerified) accepted.push(index - name);
  }
  expect(accepted).toEqual(Array.from('crossOrigin', (_, index) => index));
});

const certificate = Buffer.from('a163783563814130', 'hex');

test.each(['packed', 'fido-u2f', 'android-key', 'android-safetynet', 'tpm', 'apple', 'compound'])(
  'an attestation "%s" with certificates is refused before any of them is looked at',
  async (format) => {
    const response = await create();
    const altered = attestation(format, certificate, authenticatorDataOf(response));
    expect(await verifyRegistration(withAttestation(response, altered), expected)).toEqual({
      isVerified: false,
      reason: 'an attestation that was not asked for',
    });
  },
);

test('a self attestation is verified by its signature', async () => {
  const authenticator = createSoftwareAuthenticator({ origin, algorithms: ['ES256'] });
  const response: RegistrationResponse = await authenticator.create(options);
  const pkcs8 = Buffer.from(authenticator.export()[0]?.privateKey ?? '', 'base64url');
  const key = createPrivateKey({ key: pkcs8, format: 'der', type: 'pkcs8' });
  const data = authenticatorDataOf(response);
  const clientData = Buffer.from(response.response.clientDataJSON, 'base64url');
  const signed = Buffer.concat([data, createHash('sha256').update(clientData).digest()]);
  const statement = (signature: Buffer) =>
    Buffer.concat([
      Buffer.from('a263616c6726', 'hex'),
      text('sig'),
      Buffer.from([0x58, signature.length]),
      signature,
    ]);
  const right = attestation('packed', statement(sign('sha256', signed, key)), data);
  expect(await verifyRegistration(withAttestation(response, right), expected)).toMatchObject({
    isVerified: true,
  });
  const wrong = attestation('packed', statement(sign('sha256', data, key)), data);
  expect(await verifyRegistration(withAttestation(response, wrong), expected)).toMatchObject({
    isVerified: false,
  });
});

test.each<[string, unknown]>([
  ['nothing', {}],
  [
    'null client data',
    { clientDataJSON: Buffer.from('null').toString('base64url'), attestationObject: 'oA' },
  ],
  ['no CBOR', { clientDataJSON: Buffer.from('{}').toString('base64url'), attestationObject: '____' }],
  ['an empty map', { clientDataJSON: Buffer.from('{}').toString('base64url'), attestationObject: 'oA' }],
])('an answer of %s is refused, not thrown', async (_, response) => {
  const answer = { id: 'AA', rawId: 'AA', type: 'public-key', response } as RegistrationResponse;
  expect(await verifyRegistration(answer, expected)).toMatchObject({ isVerified: false });
});

const withAttestation = (response: RegistrationResponse, bytes: Buffer): RegistrationResponse => ({
  ...response,
  response: { ...response.response, attestationObject: bytes.toString('base64url') },
});

/** An attestation object (WebAuthn level 3, section 6.5.4) of these parts; the statement is CBOR already. */
const attestation = (format: string, statement: Buffer, data: Buffer): Buffer =>
  Buffer.concat([
    Buffer.from([0xa3]),
    ...[text('fmt'), text(format), text('attStmt'), statement, text('authData')],
    Buffer.from([0x58, data.length]),
    data,
  ]);

const text = (value: string): Buffer =>
  Buffer.concat([Buffer.from([0x60 | value.length]), Buffer.from(value)]);

function authenticatorDataOf(response: RegistrationResponse): Buffer {
  const bytes = Buffer.from(response.response.attestationObject, 'base64url');
  return bytes.subarray(bytes.indexOf('authData') + 'authData'.length + 2);
}
