import { createTRPCClient, getUntypedClient, type TRPCClient } from '@trpc/client';
import { type Authenticator, askAuthenticator, browserAuthenticator } from './authenticator.ts';
import type { DeviceSigner } from './device-signer.ts';
import { isErrandDashError, retold } from './errand-dash-error.ts';
import type { Fetch } from './fetch-answer.ts';
import type { AppRouter } from './generated/app-router.ts';
import { manifest } from './generated/manifest.ts';
import { linksOf } from './links.ts';
import { listen } from './listen.ts';
import { type PasskeyCalls, passkeyCalls } from './passkey-calls.ts';
import { randomText } from './random-text.ts';
import { readFailure } from './read-failure.ts';
import type {
  CallOptions,
  Calls,
  Inputs,
  Me,
  SignedAction,
  SignedIn,
  StreamOptions,
} from './router-types.ts';
import { createSession, type Session, type TokenStorage } from './session.ts';
import { type CallToSign, type Signers, signCall } from './sign-call.ts';
import { orAborted } from './until-aborted.ts';
import { type WaysInCalls, waysInCalls } from './ways-in.ts';
import { newIdempotencyKey } from './with-retries.ts';
import type { Sender } from './with-token.ts';

export interface ErrandDashOptions {
  /** Where the API is, such as `https://api.errand-dash.example`. */
  url: string;
  /** What makes and uses passkeys. The browser's own unless given. */
  authenticator?: Authenticator;
  /** An enrolled device key, for a console or a service. It signs what the server lets device keys sign. */
  deviceSigner?: DeviceSigner;
  /** Where the session is kept. In memory unless given. */
  storage?: TokenStorage;
  /** The platform's own unless given. */
  fetch?: Fetch;
  /** How long one request may take. 30 unless given. */
  timeoutSeconds?: number;
  /** How often a call is tried again that may succeed later. 4 unless given. */
  retriesMax?: number;
}

export interface SessionCalls {
  /** Makes an account with a passkey and signs in with it. */
  signUp: (
    input: Inputs['auth']['beginRegistration'] & Pick<Inputs['auth']['finishRegistration'], 'passkeyName'>,
  ) => Promise<Me>;
  /** Signs in with a passkey. Without a handle the authenticator offers those that it has. */
  signIn: (input?: Inputs['auth']['beginSignIn']) => Promise<Me>;
  /**
   * Comes back to an account without a passkey, after `recovery.begin`: proves it by a recovery code, or by the two
   * codes that `recovery.sendCodes` had sent, and makes a new passkey here.
   */
  recover: (proof: RecoveryProof & Pick<Inputs['recovery']['finish'], 'passkeyName'>) => Promise<Me>;
  /**
   * Ends the session here and on the server; where nobody is signed in there is nothing to do. Where another session
   * has begun here before the server answered, that one stays, and this fails with `SESSION_ENDED`.
   */
  signOut: () => Promise<void>;
  /**
   * Whether this device has a session, as far as it knows: the server is not asked, so that it is told offline too. A
   * session that has ended elsewhere is noticed by the next call, which fails with what ended it.
   */
  isSignedIn: () => Promise<boolean>;
}

export type RecoveryProof = Inputs['recovery']['proveByRecoveryCode'] | Inputs['recovery']['proveByContacts'];

/**
 * Every procedure as `dash.<router>.<procedure>(input, options?)`, and the session. What needs a signature has the
 * person sign with a passkey on the way, or with his device key.
 */
export type ErrandDash = Calls &
  SessionCalls &
  PasskeyCalls &
  WaysInCalls & {
    /** The raw typed client, for TanStack Query and the like. Its errors are tRPC's own, and it signs nothing. */
    trpc: TRPCClient<AppRouter>;
  };

/** A lost answer to a refresh may be asked for again within 10 seconds, so that a second attempt must fit in. */
const REFRESH_TIMEOUT_SECONDS = 4;
const nobody: Sender = { begunWith: null };
const asNobody = { context: { sender: nobody } };
const asRefresh = { context: { sender: nobody, isUrgent: true, retriesMax: 1 } };

/** A client of ErrandDash for one person on one device. Every call throws an `ErrandDashError` when it fails. */
export function createErrandDash(options: ErrandDashOptions): ErrandDash {
  const { authenticator = browserAuthenticator, deviceSigner, storage = new Map<string, string>() } = options;
  const session = createSession(
    storage,
    (input) => told(trpc.auth.refresh.mutate(input, asRefresh)),
    Date.now,
  );
  const trpc = createTRPCClient<AppRouter>({ links: linksOf(linkSettings(options), session) });
  const calls = callsOf(trpc, { authenticator, deviceSigner });
  return {
    ...calls,
    ...sessionCalls(trpc, session, authenticator),
    ...passkeyCalls(calls, authenticator),
    ...waysInCalls(trpc, session, told, asNobody),
    trpc,
  };
}

function linkSettings({
  url,
  fetch = platformFetch,
  timeoutSeconds = 30,
  retriesMax = 4,
}: ErrandDashOptions) {
  const retries = { retriesMax, firstDelayMilliseconds: 250, delayMaxMilliseconds: 5000 };
  return {
    url,
    fetch,
    timeoutSeconds,
    urgentTimeoutSeconds: Math.min(timeoutSeconds, REFRESH_TIMEOUT_SECONDS),
    retries,
  };
}

/** Looked up at each call, so that an app that replaces the global one is followed. */
const platformFetch: Fetch = (url, init) => globalThis.fetch(url, init);

/** The answer, or the failure as this SDK tells it. */
async function told<T>(answer: Promise<T>): Promise<T> {
  try {
    return await answer;
  } catch (failure) {
    throw readFailure(failure);
  }
}

function callsOf(trpc: TRPCClient<AppRouter>, signers: Signers): Calls {
  const calls: Record<string, Record<string, unknown>> = {};
  for (const [path, procedure] of Object.entries(manifest)) {
    const [router = '', name = ''] = path.split('.');
    calls[router] ??= {};
    calls[router][name] = callOf(trpc, signers, path, procedure);
  }
  // The manifest is made of the very router that Calls is derived from.
  return calls as unknown as Calls;
}

function callOf(
  trpc: TRPCClient<AppRouter>,
  signers: Signers,
  path: string,
  procedure: (typeof manifest)[keyof typeof manifest],
) {
  const client = getUntypedClient(trpc);
  const { type } = procedure;
  if (type === 'subscription') {
    return (input?: object, options: StreamOptions = {}) =>
      listen((observer) => client.subscription(path, nameStream(input), observer), options);
  }
  const ask = (input: unknown, { idempotencyKey, signal }: CallOptions) => {
    const context = idempotencyKey === undefined ? {} : { idempotencyKey };
    return told(client[type](path, input, signal === undefined ? { context } : { context, signal }));
  };
  if (type === 'query') return (input?: unknown, options: CallOptions = {}) => ask(input, options);
  const isSingleUse = 'isSingleUse' in procedure;
  if (!('signedAction' in procedure)) {
    return (input?: unknown, given: CallOptions = {}) =>
      underKey(given, isSingleUse, (options) => ask(input, options));
  }
  const action: SignedAction = procedure.signedAction;
  const sign = async (call: CallToSign, options: CallOptions) => {
    const begin = (begun: CallToSign) => beginApproval(trpc, begun, options);
    const approval = await orAborted(options.signal, () => signCall(call, begin, signers));
    return ask({ ...call.input, approval }, options);
  };
  return (input: object, given: CallOptions = {}) =>
    underKey(given, isSingleUse, async (options) => {
      const call = { action, idempotencyKey: options.idempotencyKey, input };
      if (!('isSignedFromLimit' in procedure)) return sign(call, options);
      try {
        return await ask(input, options);
      } catch (failure) {
        // A refusal that leaves nothing under the key, so that the same call may come again signed.
        if (!isErrandDashError(failure) || failure.code !== 'SIGNATURE_NEEDED') throw failure;
        return sign({ ...call, told: failure.details }, options);
      }
    });
}

/** A mutation under the caller's key or a new one, which its failure names, so that the caller can repeat it. */
async function underKey<T>(
  given: CallOptions,
  isSingleUse: boolean,
  work: (options: CallOptions & { idempotencyKey: string }) => Promise<T>,
): Promise<T> {
  const { idempotencyKey = newIdempotencyKey() } = given;
  try {
    return await work({ ...given, idempotencyKey });
  } catch (failure) {
    if (!isErrandDashError(failure)) throw failure;
    throw retold(failure, { idempotencyKey: isSingleUse ? null : idempotencyKey });
  }
}

function beginApproval(
  trpc: TRPCClient<AppRouter>,
  { action, idempotencyKey, input }: CallToSign,
  { signal }: CallOptions,
) {
  // A signed mutation takes what its action takes, and the signature; TypeScript cannot carry that through the union.
  const asked = { ...input, action, idempotencyKey } as Inputs['approvals']['begin'];
  return told(trpc.approvals.begin.mutate(asked, signal === undefined ? {} : { signal }));
}

const STREAM_NAME_LENGTH = 22;

/** By this name the server knows a stream that comes back, and lets it take its own place. */
const nameStream = (input: object = {}) => ({ streamId: randomText(STREAM_NAME_LENGTH), ...input });

function sessionCalls(
  trpc: TRPCClient<AppRouter>,
  session: Session,
  authenticator: Authenticator,
): SessionCalls {
  const { auth, recovery } = trpc;
  const keep = async ({ tokens, user }: SignedIn) => {
    await session.keep(tokens);
    return user;
  };
  return {
    async signUp({ handle, displayName, ...named }) {
      const { ceremony, options } = await told(
        auth.beginRegistration.mutate({ handle, displayName }, asNobody),
      );
      const response = await askAuthenticator(() => authenticator.create(options));
      const input = { ...named, ceremony, response, deviceId: await session.deviceId() };
      return keep(await told(auth.finishRegistration.mutate(input, asNobody)));
    },
    async signIn(input = {}) {
      const { ceremony, options } = await told(auth.beginSignIn.mutate(input, asNobody));
      const response = await askAuthenticator(() => authenticator.get(options));
      const deviceId = await session.deviceId();
      return keep(await told(auth.finishSignIn.mutate({ ceremony, response, deviceId }, asNobody)));
    },
    async recover({ passkeyName, ...proof }) {
      const proving =
        'recoveryCode' in proof
          ? recovery.proveByRecoveryCode.mutate(proof, asNobody)
          : recovery.proveByContacts.mutate(proof, asNobody);
      const { options } = await told(proving);
      const response = await askAuthenticator(() => authenticator.create(options));
      const named = passkeyName === undefined ? {} : { passkeyName };
      const { recoveryId } = proof;
      const input = { ...named, recoveryId, response, deviceId: await session.deviceId() };
      return keep(await told(recovery.finish.mutate(input, asNobody)));
    },
    async signOut() {
      const begunWith = await session.keptToken();
      if (begunWith === null) return;
      const sender: Sender = { begunWith, owner: 'sid' };
      try {
        await told(auth.signOut.mutate({}, { context: { sender } }));
      } catch (failure) {
        // Signed out already, or the answer to an earlier attempt was lost.
        if (!isErrandDashError(failure) || failure.status !== 401) throw failure;
      } finally {
        await session.forget(begunWith);
      }
    },
    isSignedIn: async () => (await session.keptToken()) !== null,
  };
}
