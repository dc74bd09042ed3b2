import type { Role } from '@errand-dash/contract';
import { CompiledQuery } from 'kysely';
import type { Core } from './core.ts';
import { orThrow, type Refusal, refuse } from './refusal.ts';
import { type SealingKey, unwrapDataKey } from './sealing.ts';

/** Who calls, as the wire tells it. Roles are not in it: they are looked up at the claim. */
export type Caller =
  | { kind: 'user'; userId: string; sessionId: string }
  | { kind: 'anonymous' }
  /** A sweep; `edge` names the lifecycle's edge it takes, such as `errand.expire`. */
  | { kind: 'clock'; edge: string }
  /** What the provider was found to say of one of its objects, such as `transaction/4099260516`. */
  | { kind: 'provider'; object: string }
  /** Somebody who works on the server itself; `task` is what he ran, such as `admin grant`. */
  | { kind: 'server'; task: string };

/** One call of a command: who, and under which idempotency key. */
export interface Call {
  caller: Caller;
  idempotencyKey: string | null;
  requestId: string;
  /** From where a person calls. Whoever else calls has none. */
  networkAddress?: string;
}

/** Who acts, as a command sees it. */
export type Viewer =
  | {
      kind: 'user';
      userId: string;
      sessionId: string;
      roles: ReadonlySet<Role>;
      handle: string;
      displayName: string;
      /** Before then no money may leave his hands. */
      moneyOutFrom: Date | null;
    }
  | Exclude<Caller, { kind: 'user' }>;

/** What is claimed before a command works. A query claims nothing and has no key. */
export interface Claim {
  caller: Caller;
  name: string;
  idempotencyKey: string | null;
  inputHash: Uint8Array | null;
}

export interface Begun {
  outcome: 'fresh' | 'replay' | 'other_input' | 'in_flight' | 'session_ended' | 'suspended';
  command_time: Date;
  roles: Role[] | null;
  handle: string | null;
  display_name: string | null;
  money_out_from: Date | null;
  wrapped_key: Buffer | null;
  answer_sealed: Buffer | null;
}

/**
 * The statement that asks the database, in one round trip, for the time, the session, who calls, the data key and what the key
 * of this call did before. Inside a transaction it also claims the key until the end of it.
 */
export function beginning(claim: Claim): CompiledQuery<Begun> {
  const { caller } = claim;
  const userId = caller.kind === 'user' ? caller.userId : null;
  const sessionId = caller.kind === 'user' ? caller.sessionId : null;
  const { name, idempotencyKey, inputHash } = claim;
  const parameters = [userId, sessionId, actorName(caller), name, idempotencyKey, inputHash];
  return CompiledQuery.raw(beginCommand, parameters) as CompiledQuery<Begun>;
}

const beginCommand = `select outcome, command_time, roles, handle, display_name, money_out_from, wrapped_key,
    answer_sealed
  from begin_command($1, $2, $3, $4, $5, $6)`;

/** The one row of {@link beginning}. */
export function begunOf([begun]: Begun[]): Begun {
  if (begun === undefined) throw new Error('begin_command answered no row');
  return begun;
}

export function refuseUnlessClaimed(outcome: Begun['outcome']): void {
  const refusals: Partial<Record<Begun['outcome'], Refusal>> = {
    other_input: refuse('IDEMPOTENCY_KEY_REUSED', {}),
    in_flight: refuse('COMMAND_IN_FLIGHT', { retryAfterSeconds: 1 }),
    session_ended: refuse('SESSION_ENDED', {}),
    suspended: refuse('USER_SUSPENDED', {}),
  };
  const refusal = refusals[outcome];
  if (refusal !== undefined) orThrow(refusal);
}

/** The data key of whoever calls, unwrapped when it is first needed. */
export interface OwnDataKey {
  /** Throws where there is none. */
  dataKey: () => SealingKey;
  /** Null where there is none, or none any more. */
  findDataKey: () => SealingKey | null;
}

export function ownDataKey(core: Core, caller: Caller, wrappedKey: Uint8Array | null): OwnDataKey {
  let key: SealingKey | undefined;
  const findDataKey = () => {
    if (caller.kind !== 'user' || wrappedKey === null) return null;
    key ??= unwrapDataKey(core.keyring, caller.userId, wrappedKey);
    return key;
  };
  const dataKey = () => {
    const found = findDataKey();
    if (found === null) throw new Error('this caller has no data key');
    return found;
  };
  return { dataKey, findDataKey };
}

export function viewerOf(caller: Caller, begun: Begun): Viewer {
  if (caller.kind !== 'user') return caller;
  const { handle, display_name: displayName, money_out_from: moneyOutFrom } = begun;
  if (handle === null || displayName === null) throw new Error('whoever has a session is somebody');
  return { ...caller, roles: new Set(begun.roles ?? []), handle, displayName, moneyOutFrom };
}

/** The scope of a key: a person, or the kind of machine that acts. */
export const actorName = (caller: Caller): string =>
  caller.kind === 'user' ? `user ${caller.userId}` : caller.kind;
