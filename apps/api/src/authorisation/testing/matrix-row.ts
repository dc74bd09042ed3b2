import type { ErrorCode } from '@errand-dash/contract';
import type { inferRouterInputs } from '@trpc/server';
import type { AppRouter } from '../../app-router.ts';
import type { HttpDevice } from '../../testing/http-device.ts';
import type { Scene } from './make-scene.ts';
import type { SecretName } from './planted-secrets.ts';

/**
 * Who calls: the one whose thing it is, the other party of his errand, somebody with the same roles who has nothing to
 * do with it, somebody suspended whose session lives, the least of the operators, nobody; and an operator who may do all
 * that operators may, to whom nobody's things belong all the same.
 */
export const actors = [
  'owner',
  'operator',
  'counterpart',
  'stranger',
  'suspended',
  'admin',
  'anonymous',
] as const;
export type Actor = (typeof actors)[number];

export type Answers = Readonly<Record<Actor, 'ok' | ErrorCode>>;

/** Somebody about to call. */
export interface Asker {
  actor: Actor;
  device: HttpDevice;
  /** Of the call to come, which what is signed names too. */
  idempotencyKey: string;
}

/** One way to call a procedure, always with an input that its owner could send, and what each of them gets. */
export interface Case<I> {
  /** Brings about what the input names, and says the input. */
  ask: (scene: Scene, asker: Asker) => I | Promise<I>;
  answers: Answers;
  /** Which planted secrets the answer tells whom. Nobody is told any other. */
  shows?: Partial<Record<Actor, readonly SecretName[]>>;
  /** Why a stranger may tell what the input names from a random id. Absent wherever he may not. */
  isKnownBecause?: string;
  /** What is asked is the asker's own, so that each asks anew. Else all ask the same, and its owner last. */
  isAskersOwn?: true;
  /** The caller's session is over after it. */
  endsSession?: true;
}

type Inputs = inferRouterInputs<AppRouter>;

/** Every procedure of a router with its cases: one that is left out does not compile. */
export type RowsOf<R extends keyof Inputs & string> = {
  readonly [P in keyof Inputs[R] & string]: readonly [Case<Inputs[R][P]>, ...Case<Inputs[R][P]>[]];
};
export type Matrix = { readonly [R in keyof Inputs & string]: RowsOf<R> };

const signedInOnly = { suspended: 'USER_SUSPENDED', anonymous: 'SESSION_MISSING' } as const;

/** What everybody who is signed in may do: it concerns himself alone. */
export const whoeverIsSignedIn: Answers = {
  ...signedInOnly,
  owner: 'ok',
  counterpart: 'ok',
  stranger: 'ok',
  admin: 'ok',
  operator: 'ok',
};

/** The same, where all of them are refused in one way. */
export const nobodyFor = (code: ErrorCode): Answers => ({
  ...signedInOnly,
  owner: code,
  counterpart: code,
  stranger: code,
  admin: code,
  operator: code,
});

/** What is one person's own. */
export const onlyTheOwner: Answers = {
  ...signedInOnly,
  owner: 'ok',
  counterpart: 'OBJECT_NOT_FOUND',
  stranger: 'OBJECT_NOT_FOUND',
  admin: 'OBJECT_NOT_FOUND',
  operator: 'OBJECT_NOT_FOUND',
};

/** What is signed for by its owner, whose signature others bring. */
export const onlyWhoSigned: Answers = {
  ...onlyTheOwner,
  counterpart: 'SIGNATURE_REFUSED',
  stranger: 'SIGNATURE_REFUSED',
  admin: 'SIGNATURE_REFUSED',
  operator: 'SIGNATURE_REFUSED',
};

/** What the two parties of a deal share. */
export const bothParties: Answers = { ...onlyTheOwner, counterpart: 'ok' };

/** What needs nobody to be signed in. A suspended person's token is refused all the same. */
export const anybody: Answers = { ...whoeverIsSignedIn, anonymous: 'ok', suspended: 'USER_SUSPENDED' };

/** What operators do, by one who may do all of it. */
export const onlyTheOperator: Answers = { ...nobodyFor('ROLE_MISSING'), operator: 'ok' };
