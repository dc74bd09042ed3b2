import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { exportJWK, type JWTPayload, SignJWT } from 'jose';
import { Provider } from 'oidc-provider';
import { createIdentityProvider, type IdentityProvider } from '../identity-providers/identity-provider.ts';
import type { IdentityProviderSettings } from '../identity-providers/identity-provider-settings.ts';

/** Who signs in at the identity provider. */
export interface DemoAccount {
  subject: string;
  email?: string;
  /** A text is what some providers say in the place of a boolean. */
  isEmailVerified?: boolean | string;
}

/** What goes wrong, at which of its paths. */
export interface Fault {
  path: '/token' | '/jwks' | '/.well-known/openid-configuration';
  /** `silence` never answers. Otherwise what was to be answered is changed. */
  does:
    | 'silence'
    | { status: number; body: string; type?: string }
    | ((answer: Json) => Json | Promise<Json>);
}

type Json = Record<string, unknown>;

/** A real OpenID provider on this machine, with whose own keys a test may also sign what the provider would not. */
export interface IdentityServer {
  issuer: string;
  settings: (given?: Partial<IdentityProviderSettings>) => IdentityProviderSettings;
  client: (given?: Partial<IdentityProviderSettings>) => IdentityProvider;
  /** Goes where a person is sent, signs in there, and answers the address to which he is sent back. */
  visit: (url: string, account: DemoAccount) => Promise<string>;
  fail: (fault: Fault | null) => void;
  /** How often a path was asked. */
  countOf: (path: Fault['path']) => number;
  /** An ID token of these claims, signed by the provider's key or by another under the same name. */
  sign: (claims: JWTPayload, by?: 'own' | 'foreign') => Promise<string>;
  close: () => Promise<void>;
}

export const redirectUrl = 'https://app.errand.example/signed-in';
const clientSecret = 'demo-client-secret';
const keyId = 'demo-key';

export async function startIdentityServer(): Promise<IdentityServer> {
  const keys = {
    own: generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey,
    foreign: generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey,
  };
  const accounts = new Map<string, DemoAccount>();
  const counts = new Map<string, number>();
  let fault: Fault | null = null;
  let handle: (request: IncomingMessage, response: ServerResponse) => void = () => undefined;
  const server = createServer((request, response) => {
    const path = (request.url ?? '').split('?')[0] ?? '';
    counts.set(path, (counts.get(path) ?? 0) + 1);
    if (fault?.path !== path) return handle(request, response);
    spoil(fault, response, () => handle(request, response));
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const jwk = { ...(await exportJWK(keys.own)), kid: keyId, alg: 'RS256', use: 'sig' };
  const provider = makeProvider(issuer, jwk, accounts);
  const answer = provider.callback();
  let next: DemoAccount | null = null;
  handle = (request, response) => {
    if (request.url?.startsWith('/interaction/') !== true) return void answer(request, response);
    finishInteraction(provider, request, response, next?.subject ?? '').catch((error: unknown) => {
      response.writeHead(500).end(String(error));
    });
  };
  const settings: IdentityServer['settings'] = (given) => ({
    id: 'demo',
    name: 'Demo identities',
    issuer,
    clientId: 'errand-dash',
    clientSecret,
    scopes: ['openid', 'email'],
    tokenEndpoint: null,
    ...given,
  });
  return {
    issuer,
    settings,
    client: (given) => createIdentityProvider(settings(given), { timeoutSeconds: 1 }),
    visit: (url, account) => {
      accounts.set(account.subject, account);
      next = account;
      return browse(url);
    },
    fail: (wrong) => {
      fault = wrong;
    },
    countOf: (path) => counts.get(path) ?? 0,
    sign: (claims, by = 'own') =>
      new SignJWT(claims).setProtectedHeader({ alg: 'RS256', kid: keyId }).sign(keys[by]),
    close: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function makeProvider(issuer: string, jwk: Json, accounts: ReadonlyMap<string, DemoAccount>): Provider {
  const client = {
    client_secret: clientSecret,
    redirect_uris: [redirectUrl],
    token_endpoint_auth_method: 'client_secret_post' as const,
  };
  return new Provider(issuer, {
    jwks: { keys: [jwk] },
    cookies: { keys: [randomBytes(16).toString('hex')] },
    clients: [
      { ...client, client_id: 'errand-dash' },
      { ...client, client_id: 'another-client' },
    ],
    claims: { openid: ['sub'], email: ['email', 'email_verified'] },
    // As Google does, the ID token itself says the address.
    conformIdTokenClaims: false,
    findAccount: (_ctx, subject) => {
      const account = accounts.get(subject);
      const { email, isEmailVerified } = account ?? {};
      const said = email === undefined ? {} : { email, email_verified: isEmailVerified };
      return { accountId: subject, claims: () => ({ sub: subject, ...said }) };
    },
    features: { devInteractions: { enabled: false } },
    interactions: { url: (_ctx, { uid }) => `/interaction/${uid}` },
    pkce: { required: () => true },
    ttl: {
      AccessToken: 600,
      AuthorizationCode: 60,
      Grant: 600,
      IdToken: 600,
      Interaction: 600,
      Session: 600,
    },
  });
}

/** What a person does at the provider's pages: he signs in and consents. */
async function finishInteraction(
  provider: Provider,
  request: IncomingMessage,
  response: ServerResponse,
  subject: string,
): Promise<void> {
  const { prompt, params, session } = await provider.interactionDetails(request, response);
  if (subject === '') {
    const result = { error: 'access_denied', error_description: 'the person said no' };
    return provider.interactionFinished(request, response, result);
  }
  if (prompt.name === 'login') {
    return provider.interactionFinished(request, response, { login: { accountId: subject } });
  }
  const grant = new provider.Grant({
    clientId: String(params.client_id),
    ...(session === undefined ? {} : { accountId: session.accountId }),
  });
  grant.addOIDCScope(String(params.scope));
  const grantId = await grant.save();
  return provider.interactionFinished(request, response, { consent: { grantId } });
}

const HOPS_MAX = 10;

/** A browser without a history: follows redirects with the provider's cookies, until one leads elsewhere. */
async function browse(url: string): Promise<string> {
  const cookies = new Map<string, string>();
  const { origin } = new URL(url);
  let at = url;
  for (let hop = 0; hop < HOPS_MAX; hop += 1) {
    const cookie = [...cookies].map(([name, value]) => `${name}=${value}`).join('; ');
    const answer = await fetch(at, { redirect: 'manual', headers: { cookie } });
    for (const line of answer.headers.getSetCookie()) {
      const [name = '', value = ''] = (line.split(';')[0] ?? '').split(/=(.*)/s);
      cookies.set(name, value);
    }
    const location = answer.headers.get('location');
    if (location === null) throw new Error(`the provider answered ${answer.status}: ${await answer.text()}`);
    at = new URL(location, at).href;
    if (!at.startsWith(origin)) return at;
  }
  throw new Error('the provider sent on and on');
}

/** Lets an answer go wrong. */
function spoil({ does }: Fault, response: ServerResponse, goOn: () => void): void {
  if (does === 'silence') return;
  if (typeof does === 'object') {
    response.writeHead(does.status, { 'content-type': does.type ?? 'application/json' }).end(does.body);
    return;
  }
  const end = response.end.bind(response);
  response.end = ((body: unknown) => {
    const change = async () => {
      const changed = JSON.stringify(await does(JSON.parse(String(body)) as Json));
      response.setHeader('content-length', Buffer.byteLength(changed));
      end(changed);
    };
    change().catch((error: unknown) => response.destroy(error as Error));
    return response;
  }) as typeof response.end;
  goOn();
}
