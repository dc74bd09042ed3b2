import {
  AuthorizationResponseError,
  allowInsecureRequests,
  authorizationCodeGrant,
  buildAuthorizationUrl,
  Configuration as ClientConfiguration,
  ClientError,
  ClientSecretPost,
  type Configuration,
  calculatePKCECodeChallenge,
  discovery,
  enableNonRepudiationChecks,
  None,
  ResponseBodyError,
} from 'openid-client';
import { type IdentityProviderSettings, isLoopback } from './identity-provider-settings.ts';

/** What binds an answer of the provider's to the one who asked for it. */
export interface IdentitySecrets {
  state: string;
  nonce: string;
  codeVerifier: string;
}

/** Who the provider says that somebody is. */
export interface ProvenIdentity {
  issuer: string;
  subject: string;
  /** Null unless the provider says that it verified it. */
  verifiedEmail: string | null;
}

/** What an answer came to. `reason` is for the log alone. */
export type IdentityVerdict =
  | { outcome: 'proven'; identity: ProvenIdentity }
  | { outcome: 'refused'; reason: string }
  | { outcome: 'unreachable'; reason: string };

/** Who says by OpenID Connect who somebody is. Nothing of it is called inside a transaction. */
export interface IdentityProvider {
  id: string;
  name: string;
  /** Where a person is sent; null when the provider does not answer. */
  addressFor: (redirectUrl: string, secrets: IdentitySecrets) => Promise<string | null>;
  /** What the provider says to the address to which it sent the person back. Throws nothing that it answers with. */
  verify: (callbackUrl: string, secrets: IdentitySecrets) => Promise<IdentityVerdict>;
}

/**
 * A client of an identity provider: code flow with PKCE, state, nonce and the issuer checked, ID tokens by their
 * signature. Each question to the provider takes `timeoutSeconds` at most; what its discovery document says is kept
 * for as long as `keepSeconds` by the machine's own clock.
 */
export function createIdentityProvider(
  settings: IdentityProviderSettings,
  { timeoutSeconds = 3, keepSeconds = 3600, milliseconds = Date.now } = {},
): IdentityProvider {
  let known: { configuration: Promise<Configuration>; until: number } | null = null;
  const configuration = (): Promise<Configuration> => {
    if (known !== null && milliseconds() < known.until) return known.configuration;
    const asked = discover(settings, timeoutSeconds);
    known = { configuration: asked, until: milliseconds() + keepSeconds * 1000 };
    // What failed is asked again.
    asked.catch(() => {
      known = null;
    });
    return asked;
  };
  const { id, name, scopes } = settings;
  return {
    id,
    name,
    addressFor: async (redirectUrl, { state, nonce, codeVerifier }) => {
      try {
        const url = buildAuthorizationUrl(await configuration(), {
          redirect_uri: redirectUrl,
          scope: scopes.join(' '),
          state,
          nonce,
          code_challenge: await calculatePKCECodeChallenge(codeVerifier),
          code_challenge_method: 'S256',
        });
        return url.href;
      } catch {
        return null;
      }
    },
    verify: async (callbackUrl, secrets) => {
      try {
        const identity = await exchange(await configuration(), callbackUrl, secrets);
        return identity === null
          ? { outcome: 'refused', reason: 'the answer has no ID token' }
          : { outcome: 'proven', identity };
      } catch (error) {
        return { outcome: isUnreachable(error) ? 'unreachable' : 'refused', reason: reasonOf(error) };
      }
    },
  };
}

async function discover(settings: IdentityProviderSettings, timeoutSeconds: number): Promise<Configuration> {
  const { clientId, clientSecret, tokenEndpoint } = settings;
  const issuer = new URL(settings.issuer);
  const authentication = clientSecret === null ? None() : ClientSecretPost(clientSecret);
  const execute = [enableNonRepudiationChecks];
  if (issuer.protocol === 'http:' && isLoopback(issuer)) execute.push(allowInsecureRequests);
  const options = { execute, timeout: timeoutSeconds };
  const discovered = await discovery(issuer, clientId, undefined, authentication, options);
  if (tokenEndpoint === null) return discovered;
  const { supportsPKCE: _, ...found } = discovered.serverMetadata();
  const server = { ...found, token_endpoint: tokenEndpoint };
  const completed = new ClientConfiguration(server, clientId, undefined, authentication);
  completed.timeout = timeoutSeconds;
  for (const extend of execute) extend(completed);
  return completed;
}

async function exchange(
  configuration: Configuration,
  callbackUrl: string,
  { state, nonce, codeVerifier }: IdentitySecrets,
): Promise<ProvenIdentity | null> {
  const tokens = await authorizationCodeGrant(configuration, new URL(callbackUrl), {
    expectedState: state,
    expectedNonce: nonce,
    pkceCodeVerifier: codeVerifier,
    idTokenExpected: true,
  });
  const claims = tokens.claims();
  if (claims === undefined) return null;
  const { iss, sub, email, email_verified } = claims;
  // Nothing but true counts: some providers say "false" as a text.
  const verifiedEmail = typeof email === 'string' && email_verified === true ? email : null;
  return { issuer: iss, subject: sub, verifiedEmail };
}

/** Whether the provider could not answer, rather than that its answer was no good. */
function isUnreachable(error: unknown): boolean {
  if (error instanceof AuthorizationResponseError) {
    return error.error === 'temporarily_unavailable' || error.error === 'server_error';
  }
  if (error instanceof ResponseBodyError) return error.status >= 500 || error.status === 429;
  if (!(error instanceof ClientError)) {
    // What fetch throws where nobody answers; our own mistakes are of that class too, but have a code.
    return error instanceof TypeError && !('code' in error);
  }
  if (error.code === 'OAUTH_TIMEOUT' || error.code === 'OAUTH_ABORT') return true;
  const { cause } = error;
  return cause instanceof Response && (cause.status >= 500 || cause.status === 429);
}

/** Codes alone: the words may quote what is personal or secret. */
function reasonOf(error: unknown): string {
  if (error instanceof AuthorizationResponseError || error instanceof ResponseBodyError) {
    return ERROR_CODE.test(error.error) ? error.error : 'another error';
  }
  if (!(error instanceof Error)) return typeof error;
  return 'code' in error && typeof error.code === 'string' ? error.code : error.name;
}

/** Such as those of RFC 6749, section 4.1.2.1. Whoever calls may write anything in its place. */
const ERROR_CODE = /^[a-z_]{1,40}$/;
