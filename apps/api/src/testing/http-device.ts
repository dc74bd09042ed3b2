import type { ErrorCode } from '@errand-dash/contract';
import {
  createSoftwareAuthenticator,
  type SoftwareAuthenticator,
  type SoftwareAuthenticatorOptions,
} from '@errand-dash/software-authenticator';
import type { inferRouterInputs, inferRouterOutputs } from '@trpc/server';
import superjson from 'superjson';
import type { AppRouter } from '../app-router.ts';
import { allowedOrigin } from './test-api.ts';

type Inputs = inferRouterInputs<AppRouter>;
type Outputs = inferRouterOutputs<AppRouter>;
type Tokens = Outputs['auth']['refresh'];

const deviceId = 'demo-device-0123456789';

/** A refusal as it came over the wire. */
export class WireRefused extends Error {
  readonly code: ErrorCode;
  readonly status: number;
  /** The very bytes of the answer. */
  readonly body: string;

  constructor(status: number, body: string) {
    const { code } = JSON.parse(body).error.json.data.refusal;
    super(`refused: ${code}`);
    this.code = code;
    this.status = status;
    this.body = body;
  }
}

/** A person's device, which speaks HTTP alone. */
export interface HttpDevice {
  authenticator: SoftwareAuthenticator;
  /** What it holds of its session; to be changed at will. */
  tokens: Tokens | null;
  headers: Record<string, string>;
  /** Calls a procedure, mutations under a fresh key. Throws {@link WireRefused}. */
  call: <R extends keyof Outputs & string, P extends keyof Outputs[R] & keyof Inputs[R] & string>(
    router: R,
    procedure: P,
    input: Inputs[R][P],
    url?: string,
    idempotencyKey?: string,
  ) => Promise<Outputs[R][P]>;
  signUp: (handle: string) => Promise<Outputs['auth']['finishRegistration']>;
  signIn: (url?: string) => Promise<Outputs['auth']['finishSignIn']>;
  refresh: (url?: string) => Promise<void>;
  /** Opens the live stream, and reads to its end: the code of what it ended with. */
  watch: () => Promise<string>;
}

let keys = 0;

function nextKey(): string {
  keys += 1;
  return `http-key-${keys}`;
}

export function httpDevice(
  apiUrl: string,
  given: { authenticator?: Partial<SoftwareAuthenticatorOptions>; shares?: HttpDevice } = {},
): HttpDevice {
  const authenticator =
    given.shares?.authenticator ??
    createSoftwareAuthenticator({ origin: allowedOrigin, algorithms: ['ES256'], ...given.authenticator });
  const device: HttpDevice = {
    authenticator,
    tokens: null,
    headers: { 'user-agent': 'Demo browser 1.0' },
    async call(router, procedure, input, url = apiUrl, idempotencyKey = nextKey()) {
      const response = await fetch(`${url}/trpc/${router}.${procedure}`, {
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          'idempotency-key': idempotencyKey,
          ...device.headers,
          ...bearer(device),
        },
        body: JSON.stringify(superjson.serialize(input)),
      });
      const body = await response.text();
      if (!response.ok) throw new WireRefused(response.status, body);
      return superjson.deserialize(JSON.parse(body).result.data);
    },
    async signUp(handle) {
      const begun = await device.call('auth', 'beginRegistration', { handle, displayName: 'Demo' });
      const response = await authenticator.create(begun.options);
      const input = { ceremony: begun.ceremony, response, deviceId };
      const signedIn = await device.call('auth', 'finishRegistration', input);
      device.tokens = signedIn.tokens;
      return signedIn;
    },
    async signIn(url) {
      device.tokens = null;
      const begun = await device.call('auth', 'beginSignIn', {}, url);
      const response = await authenticator.get(begun.options);
      const input = { ceremony: begun.ceremony, response, deviceId };
      const signedIn = await device.call('auth', 'finishSignIn', input, url);
      device.tokens = signedIn.tokens;
      return signedIn;
    },
    async refresh(url) {
      const refreshToken = device.tokens?.refreshToken ?? '';
      const anonymous = { ...device.tokens, accessToken: '' } as Tokens;
      device.tokens = anonymous;
      device.tokens = await device.call('auth', 'refresh', { refreshToken, deviceId }, url);
    },
    async watch() {
      const response = await fetch(`${apiUrl}/trpc/events.watch`, {
        headers: { accept: 'text/event-stream', ...device.headers, ...bearer(device) },
      });
      const said = await response.text();
      return /"refusal":\{"code":"([A-Z_]+)"/.exec(said)?.[1] ?? said;
    },
  };
  return device;
}

const bearer = ({ tokens }: HttpDevice): Record<string, string> =>
  tokens === null || tokens.accessToken === '' ? {} : { authorization: `Bearer ${tokens.accessToken}` };

/** The refusal that a call ends with. */
export async function wireRefusalOf(call: Promise<unknown>): Promise<WireRefused> {
  try {
    await call;
  } catch (error) {
    if (error instanceof WireRefused) return error;
    throw error;
  }
  throw new Error('the call was not refused');
}
