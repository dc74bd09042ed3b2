import type {
  AnyTRPCProcedure,
  inferProcedureInput,
  inferProcedureOutput,
  TRPCRouterRecord,
} from '@trpc/server';
import type { AppRouter } from './generated/app-router.ts';
import type { manifest } from './generated/manifest.ts';

export interface CallOptions {
  /** The same key makes the same mutation happen once, also over a restart of your app. Made for you if absent. */
  idempotencyKey?: string;
  signal?: AbortSignal;
}

export interface StreamOptions {
  /** Ends the stream with `CALL_ABORTED`. Leaving the loop ends it too. */
  signal?: AbortSignal;
}

/** What a stream yields. It is resumed by itself after a lost connection, with nothing left out and nothing twice. */
type EventOf<P extends AnyTRPCProcedure> =
  inferProcedureOutput<P> extends AsyncIterable<{ id: string; data: infer Data }> ? Data : never;

type StreamOf<P extends AnyTRPCProcedure> = (
  input?: Exclude<inferProcedureInput<P>, void>,
  options?: StreamOptions,
) => AsyncGenerator<EventOf<P>, void, void>;

type ProcedureManifests = typeof manifest;

/** The mutations that a person signs with a passkey. */
export type SignedPath = {
  [Path in keyof ProcedureManifests]: ProcedureManifests[Path] extends { signedAction: string }
    ? Path
    : never;
}[keyof ProcedureManifests];

/** What a caller gives. The signature of a signed mutation is made on the way. */
type InputOf<P extends AnyTRPCProcedure, Path extends string> = Path extends SignedPath
  ? Omit<inferProcedureInput<P>, 'approval'>
  : inferProcedureInput<P>;

type CallOf<P extends AnyTRPCProcedure, Path extends string> = P extends { _def: { type: 'subscription' } }
  ? StreamOf<P>
  : AskingOf<P, InputOf<P, Path>>;

type AskingOf<P extends AnyTRPCProcedure, Input> = undefined extends Input
  ? (input?: Exclude<Input, void>, options?: CallOptions) => Promise<inferProcedureOutput<P>>
  : (input: Input, options?: CallOptions) => Promise<inferProcedureOutput<P>>;

type CallsOf<R extends TRPCRouterRecord, Path extends string = ''> = {
  readonly [K in keyof R & string]: R[K] extends AnyTRPCProcedure
    ? CallOf<R[K], `${Path}${K}`>
    : R[K] extends TRPCRouterRecord
      ? CallsOf<R[K], `${Path}${K}.`>
      : never;
};

/** Every procedure, as `calls.<router>.<procedure>(input, options?)`. */
export type Calls = CallsOf<AppRouter['_def']['record']>;

type AnyCall = (...args: never[]) => Promise<unknown> | AsyncGenerator;
type RouterInput<F> = F extends AnyCall ? Exclude<Parameters<F>[0], undefined> : never;
type Answer<R> = R extends AsyncGenerator<infer Event> ? Event : Awaited<R>;
type RouterOutput<F> = F extends AnyCall ? Answer<ReturnType<F>> : never;

/** What each procedure takes: `Inputs['errands']['post']`. */
export type Inputs = { [R in keyof Calls]: { [P in keyof Calls[R]]: RouterInput<Calls[R][P]> } };
/** What each procedure answers: `Outputs['errands']['get']`. For a stream, what it yields. */
export type Outputs = { [R in keyof Calls]: { [P in keyof Calls[R]]: RouterOutput<Calls[R][P]> } };

/** What a person is asked to sign. */
export type SignedAction = Inputs['approvals']['begin']['action'];

export type SignedIn = Outputs['auth']['finishSignIn'];
export type Tokens = SignedIn['tokens'];
export type Me = SignedIn['user'];
