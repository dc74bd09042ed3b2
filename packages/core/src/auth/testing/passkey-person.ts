import {
  createSoftwareAuthenticator,
  type Deviations,
  type SoftwareAuthenticator,
  type SoftwareAuthenticatorOptions,
} from '@errand-dash/software-authenticator';
import type { Call } from '../../claim.ts';
import type { Core } from '../../core.ts';
import {
  type AssertionResponse,
  beginRegistration,
  beginSignIn,
  finishRegistration,
  finishSignIn,
  type RegistrationResponse,
  type SignedIn,
} from '../index.ts';

/** A call by nobody in particular. */
export const anonymousCall: Call = { caller: { kind: 'anonymous' }, idempotencyKey: null, requestId: 'test' };

export const deviceId = 'demo-device-0123456789';
/** Where a person of these tests signs in. */
export const place = { deviceId, userAgent: 'test', networkAddress: '203.0.113.7' };

/** An authenticator at the first origin of the test's own site. */
export const makeAuthenticator = (
  core: Core,
  options: Partial<SoftwareAuthenticatorOptions> = {},
): SoftwareAuthenticator =>
  createSoftwareAuthenticator({ origin: core.auth.origins[0] ?? '', algorithms: ['ES256'], ...options });

/** Registers a person through both halves of the ceremony. */
export async function register(
  core: Core,
  authenticator: SoftwareAuthenticator,
  handle: string,
  given: { deviations?: Deviations; alter?: (response: RegistrationResponse) => RegistrationResponse } = {},
): Promise<SignedIn> {
  const begun = await beginRegistration(core, anonymousCall, { handle, displayName: `Demo ${handle}` });
  const made: RegistrationResponse = await authenticator.create(begun.options, given.deviations);
  const response = given.alter?.(made) ?? made;
  return finishRegistration(core, anonymousCall, {
    ceremony: begun.ceremony,
    response,
    ...place,
  });
}

/** Signs a person in through both halves of the ceremony; without a handle by whatever the authenticator holds. */
export async function signIn(
  core: Core,
  authenticator: SoftwareAuthenticator,
  given: {
    handle?: string;
    deviations?: Deviations;
    alter?: (response: AssertionResponse) => AssertionResponse;
  } = {},
): Promise<SignedIn> {
  const begun = await beginSignIn(core, anonymousCall, { handle: given.handle });
  const made: AssertionResponse = await authenticator.get(begun.options, given.deviations);
  const response = given.alter?.(made) ?? made;
  return finishSignIn(core, anonymousCall, { ceremony: begun.ceremony, response, ...place });
}
