import type { BeginApproval, PasskeyApproval } from '@errand-dash/contract';
import {
  createSoftwareAuthenticator,
  type Deviations,
  type SoftwareAuthenticator,
} from '@errand-dash/software-authenticator';
import { beginRegistration, finishRegistration } from '../auth/index.ts';
import type { Call } from '../claim.ts';
import type { Core } from '../core.ts';
import { beginApproval } from '../signed-actions.ts';

/** A person with a passkey in an authenticator of his own. */
export interface SigningPerson {
  userId: string;
  sessionId: string;
  authenticator: SoftwareAuthenticator;
  /** A call of this person's, under a fresh key unless one is given. */
  call: (idempotencyKey?: string) => Call;
}

/** Registers a person whose passkey, as synced ones do, always counts 0 unless it is told to count. */
export async function makeSigningPerson(
  core: Core,
  handle: string,
  given: { hasCounter?: boolean } = {},
): Promise<SigningPerson> {
  const authenticator = createSoftwareAuthenticator({
    origin: core.auth.origins[0] ?? '',
    algorithms: ['ES256'],
    hasCounter: given.hasCounter ?? false,
  });
  const nobody: Call = { caller: { kind: 'anonymous' }, idempotencyKey: null, requestId: 'test' };
  const begun = await beginRegistration(core, nobody, { handle, displayName: `Demo ${handle}` });
  const { tokens, user } = await finishRegistration(core, nobody, {
    ceremony: begun.ceremony,
    response: await authenticator.create(begun.options),
    deviceId: 'demo-device-0123456789',
    userAgent: 'test',
    networkAddress: '203.0.113.7',
  });
  const { userId } = user;
  const { sessionId } = tokens;
  return { userId, sessionId, authenticator, call: (key) => callOf(core, userId, sessionId, key) };
}

/** An action as it is signed, without the key. */
export type ToSign = BeginApproval extends infer B
  ? B extends BeginApproval
    ? Omit<B, 'idempotencyKey'>
    : never
  : never;

/** Has a person sign an action for the call to come. */
export async function signAction(
  core: Core,
  person: Pick<SigningPerson, 'authenticator'>,
  call: Call,
  action: ToSign,
  deviations: Deviations = {},
): Promise<PasskeyApproval> {
  const idempotencyKey = call.idempotencyKey ?? '';
  const begun = await beginApproval(core, call, { ...action, idempotencyKey });
  const response = await person.authenticator.get(begun.options, deviations);
  return { approvalId: begun.approvalId, response };
}

function callOf(core: Core, userId: string, sessionId: string, key?: string): Call {
  const idempotencyKey = key ?? `key-${Buffer.from(core.random(9)).toString('base64url')}`;
  return { caller: { kind: 'user', userId, sessionId }, idempotencyKey, requestId: 'test' };
}
