import type {
  PublicKeyCredentialCreationOptionsJSON,
  PublicKeyCredentialRequestOptionsJSON,
} from '@simplewebauthn/browser';
import { errandDashError } from './errand-dash-error.ts';
import type { Inputs, Outputs } from './router-types.ts';

/** What makes and uses passkeys. In a browser that is the browser; elsewhere, what you give. */
export interface Authenticator {
  create: (
    options: Outputs['auth']['beginRegistration']['options'],
  ) => Promise<Inputs['auth']['finishRegistration']['response']>;
  get: (
    options: Outputs['auth']['beginSignIn']['options'],
  ) => Promise<Inputs['auth']['finishSignIn']['response']>;
}

type Registration = Inputs['auth']['finishRegistration']['response'];
type SignIn = Inputs['auth']['finishSignIn']['response'];

/** The browser's own passkeys. Loaded at the first use, so that an app elsewhere does not carry it. */
export const browserAuthenticator: Authenticator = {
  async create(options) {
    const { startRegistration } = await import('@simplewebauthn/browser');
    // Both sides have WebAuthn's own JSON; they differ in how they write that a member may be absent.
    const optionsJSON = options as PublicKeyCredentialCreationOptionsJSON;
    return (await startRegistration({ optionsJSON })) as Registration;
  },
  async get(options) {
    const { startAuthentication } = await import('@simplewebauthn/browser');
    const optionsJSON = options as PublicKeyCredentialRequestOptionsJSON;
    return (await startAuthentication({ optionsJSON })) as SignIn;
  },
};

/** Lets the authenticator work. Throws `AUTHENTICATOR_FAILED` with the name of its own error. */
export async function askAuthenticator<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    const reason = cause instanceof Error ? cause.name : 'UnknownError';
    const message = 'The passkey could not be made or used.';
    throw errandDashError('AUTHENTICATOR_FAILED', { reason }, { message, cause });
  }
}
