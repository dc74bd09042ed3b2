import {
  type Algorithm,
  createSoftwareAuthenticator,
  type Deviations,
  type SoftwareAuthenticator,
} from '@errand-dash/software-authenticator';
import { expect, test } from 'vitest';
import { registrationOptions, userHandleOf } from '../ceremonies/ceremony-options.rules.ts';
import { type AssertionResponse, type KnownPasskey, verifyAssertion } from './verify-assertion.ts';
import { type RegistrationResponse, verifyRegistration } from './verify-registration.ts';

const origin = 'https://app.errand.example';
const expected = { challenge: Buffer.alloc(32, 7), origins: [origin], rpId: 'errand.example' };
const named = { ...expected, isUserHandleRequired: false };
const person = { userId: '018f3c5a-0000-7000-8000-000000000001', handle: 'ada', displayName: 'Ada' };
const stranger = '018f3c5a-0000-7000-8000-000000000002';
const creation = registrationOptions(
  { rpId: expected.rpId, rpName: 'Demo' },
  person,
  expected.challenge,
  120,
);
const request = { challenge: expected.challenge.toString('base64url'), rpId: expected.rpId };

async function makePasskey(algorithm: Algorithm = 'ES256', hasCounter = true) {
  const authenticator = createSoftwareAuthenticator({ origin, algorithms: [algorithm], hasCounter });
  const response: RegistrationResponse = await authenticator.create(creation);
  const verdict = await verifyRegistration(response, expected);
  if (!verdict.isVerified) throw new Error(verdict.reason);
  const passkey: KnownPasskey = { ...verdict.credential, userId: person.userId };
  return { authenticator, passkey };
}

const get = (authenticator: SoftwareAuthenticator, deviations: Deviations = {}): Promise<AssertionResponse> =>
  authenticator.get(request, deviations);

test.each<Algorithm>(['ES256', 'EdDSA', 'RS256'])(
  'a genuine assertion with %s is verified',
  async (algorithm) => {
    const { authenticator, passkey } = await makePasskey(algorithm);
    expect(await verifyAssertion(await get(authenticator), passkey, named)).toEqual({
      isVerified: true,
      counter: 1,
      isBackedUp: true,
    });
  },
);

test.each<[string, Deviations]>([
  ['origin', { origin: 'https://canary.example' }],
  ['origin with quotes in it', { origin: 'a "b" canary' }],
  ['challenge', { challenge: Buffer.from('canary challenge').toString('base64url') }],
  ['type', { type: 'canary' }],
  ['relying party', { rpId: 'canary.example' }],
])('why it is refused quotes nothing of the caller’s own %s', async (_, deviations) => {
  const { authenticator, passkey } = await makePasskey();
  const verdict = await verifyAssertion(await get(authenticator, deviations), passkey, named);
  const reason = verdict.isVerified ? '' : verdict.reason;
  expect(reason).toMatch(/^\w+: \w[\w ]+$/);
  expect(reason).not.toMatch(/canary|Y2FuYXJ5/);
});

test.each<[string, Deviations]>([
  ['another origin', { origin: 'https://evil.example' }],
  ['a sibling subdomain', { origin: 'https://other.errand.example' }],
  ['http', { origin: 'http://app.errand.example' }],
  ['another relying party', { rpId: 'evil.example' }],
  ['another challenge', { challenge: Buffer.alloc(32, 8).toString('base64url') }],
  ['a registration', { type: 'webauthn.create' }],
  ['a frame of another site', { crossOrigin: true }],
  ['a frame with its top origin', { crossOrigin: true, topOrigin: 'https://evil.example' }],
  ['a top origin alone', { topOrigin: 'https://evil.example' }],
  ['no user verification', { isUserVerified: false }],
  ['no user presence', { isUserPresent: false }],
  ['another backup eligibility', { isBackupEligible: false, isBackedUp: false }],
  ['backed up but not eligible', { isBackupEligible: false, isBackedUp: true }],
  ["another person's handle", { userHandle: userHandleOf(stranger) }],
  ['an empty handle', { userHandle: '' }],
])('an assertion with %s is refused', async (_, deviations) => {
  const { authenticator, passkey } = await makePasskey();
  expect(await verifyAssertion(await get(authenticator, deviations), passkey, named)).toMatchObject({
    isVerified: false,
  });
});

test('the user handle may be missing only where a name was given', async () => {
  const { authenticator, passkey } = await makePasskey();
  const response = await get(authenticator, { userHandle: null });
  expect(await verifyAssertion(response, passkey, named)).toMatchObject({ isVerified: true });
  expect(await verifyAssertion(response, passkey, { ...expected, isUserHandleRequired: true })).toEqual({
    isVerified: false,
    reason: 'the user handle is missing',
  });
});

test('whether the passkey is backed up may change', async () => {
  const { authenticator, passkey } = await makePasskey();
  const response = await get(authenticator, { isBackedUp: false });
  expect(await verifyAssertion(response, passkey, named)).toMatchObject({
    isVerified: true,
    isBackedUp: false,
  });
});

test.each([
  [5, 5, false],
  [5, 4, false],
  [5, 0, false],
  [5, 6, true],
  [0, 1, true],
  [0, 0, true],
])('after counter %i the counter %i is verified: %s', async (stored, counter, isVerified) => {
  const { authenticator, passkey } = await makePasskey();
  const response = await get(authenticator, { counter });
  expect(await verifyAssertion(response, { ...passkey, counter: stored }, named)).toMatchObject({
    isVerified,
  });
});

test("another person's passkey under this one's id is refused, and this one's signature under another id", async () => {
  const { authenticator, passkey } = await makePasskey();
  const other = await makePasskey();
  const theirs = await get(other.authenticator);
  const id = Buffer.from(passkey.credentialId).toString('base64url');
  expect(await verifyAssertion({ ...theirs, id, rawId: id }, passkey, named)).toMatchObject({
    isVerified: false,
  });
  expect(await verifyAssertion(theirs, passkey, named)).toEqual({
    isVerified: false,
    reason: 'another passkey answered',
  });
  const ours = await get(authenticator);
  expect(await verifyAssertion({ ...ours, rawId: theirs.id }, passkey, named)).toMatchObject({
    isVerified: false,
  });
});

test.each(['clientDataJSON', 'authenticatorData', 'signature'] as const)(
  'with any byte of %s altered it is refused',
  async (member) => {
    const { authenticator, passkey } = await makePasskey();
    const response = await get(authenticator);
    const bytes = Buffer.from(response.response[member], 'base64url');
    for (let index = 0; index < bytes.length; index += 1) {
      const altered = Buffer.from(bytes);
      altered[index] = (altered[index] ?? 0) ^ 1;
      const tampered = {
        ...response,
        response: { ...response.response, [member]: altered.toString('base64url') },
      };
      expect(await verifyAssertion(tampered, passkey, named), `byte ${index}`).toMatchObject({
        isVerified: false,
      });
    }
  },
);

test.each<[string, unknown]>([
  ['nothing', {}],
  ['null client data', { clientDataJSON: 'bnVsbA', authenticatorData: 'AA', signature: 'AA' }],
  ['two bytes', { clientDataJSON: 'e30', authenticatorData: 'AA', signature: 'AA' }],
])('an answer of %s is refused, not thrown', async (_, response) => {
  const { passkey } = await makePasskey();
  const id = Buffer.from(passkey.credentialId).toString('base64url');
  const answer = { id, rawId: id, type: 'public-key', response } as AssertionResponse;
  expect(await verifyAssertion(answer, passkey, named)).toMatchObject({ isVerified: false });
});
