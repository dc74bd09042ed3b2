import {
  type Authority,
  arrayLiteral,
  CommitUnknown,
  inFramedTransaction,
  isConnectionLost,
  isPlanOutdated,
  isTransactionConflict,
  type Tx,
} from '@errand-dash/db';
import { CompiledQuery } from 'kysely';
import superjson from 'superjson';
import { type AuditEntry, type AuditNote, auditEntry, auditRefusal } from './audit/index.ts';
import { canonicalHash } from './canonical-json.ts';
import {
  actorName,
  type Begun,
  beginning,
  begunOf,
  type Call,
  type OwnDataKey,
  ownDataKey,
  refuseUnlessClaimed,
  type Viewer,
  viewerOf,
} from './claim.ts';
import { after } from './clock.ts';
import { type Core, createIds } from './core.ts';
import type { EventName } from './events/index.ts';
import { type LastPosting, type Movement, postLast } from './ledger.ts';
import type { Policy } from './policy.ts';
import { isRefusal, type Refusal, Refused, refuse } from './refusal.ts';
import { open, type SealedPlace, seal } from './sealing.ts';
import { serializePlain } from './serialize-plain.ts';

/** What a command is given beside its transaction and its input. */
export interface CommandContext extends OwnDataKey {
  viewer: Viewer;
  /** The database's time at the claim. The only time that a command knows. */
  now: Date;
  newId: () => string;
  random: (bytes: number) => Uint8Array;
  policy: Policy;
  core: Core;
  authority: Authority;
  /** The key of this call, which what is signed names too. */
  idempotencyKey: string | null;
  /** Called when money is posted: such an answer is kept for ever. */
  keepForEver: () => void;
  /** Adds to what the audit log says of this call beside its events, also where it is refused. */
  audit: (note: AuditNote) => void;
}

/** Something that happened, written in the same transaction. `data` holds ids, states and amounts only. */
export interface CommandEvent {
  name: EventName;
  subject: { type: string; id: string };
  /** The users who are told, in the order of their roles in the catalogue of events. */
  audience: readonly string[];
  data?: Record<string, unknown>;
}

/** What a command leaves behind: an answer, or a refusal that is itself the fact and is committed with its record. */
export type CommandOutcome<R> = ({ result: R } | { refusal: Refusal }) & {
  events?: readonly CommandEvent[];
  /** What else is to be written and answers nothing: sent in this order with what ends the command. */
  writes?: readonly CompiledQuery[];
  /**
   * What is posted after that, and refuses as `postOrThrow` does: nothing of the command is committed then. For money
   * that moves as the input says and whose new balance nobody in the command asks for.
   */
  movements?: readonly Movement[];
  /** Queues whose workers should look at once. */
  wake?: readonly string[];
  /** The clock looked and there was nothing to do, so that nothing was changed and nothing is audited. */
  isIdle?: boolean;
};

/** What one module's part of another's command leaves to its end. */
export type EndOfCommand = Required<Pick<CommandOutcome<unknown>, 'writes' | 'movements' | 'events'>>;

type Work<I, R> = (tx: Tx, input: I, context: CommandContext) => Promise<CommandOutcome<R>>;

/** What of an input makes two calls under one key the same call. */
type Identify<I> = (input: I) => unknown;

/** A command, ready to be called: in one transaction, exactly once for its key. */
export type Command<I, R> = (core: Core, call: Call, input: I) => Promise<R>;

const ATTEMPTS_MAX = 6;

/**
 * The only write path: begin, claim the key, work, events, stored answer, commit.
 *
 * A person's call needs an idempotency key. The same key and input answers what was answered before; other input
 * is refused with `IDEMPOTENCY_KEY_REUSED`, a claim in flight elsewhere with `COMMAND_IN_FLIGHT`. Serialization
 * failures, deadlocks and lost connections are tried again, so that a lost reply to COMMIT becomes a replay.
 * Whatever the work throws rolls everything back; a refusal that it returns is committed with its record.
 * The result must be data that superjson carries, without secrets: it is stored, sealed.
 */
export function command<I, R>(
  name: string,
  work: Work<I, R>,
  identify: Identify<I> = (input) => input,
): Command<I, R> {
  return async (core, call, input) => {
    if (call.caller.kind === 'user' && call.idempotencyKey === null) {
      throw new Refused(refuse('IDEMPOTENCY_KEY_MISSING', {}));
    }
    const inputHash = canonicalHash(identify(input));
    return run(
      core,
      { ...call, name, inputHash },
      {
        ask: noQuestion,
        work: (tx, context) => work(tx, input, context),
      },
    );
  };
}

/**
 * A single-use act by nature: registration, sign-in, refresh, codes. The same transaction as a command's, outside
 * the key store, because its answer holds a secret; its own challenge or token is what makes it happen once.
 */
export function ceremony<I, R>(name: string, work: Work<I, R>): Command<I, R> {
  return askingCeremony(name, noQuestion, work);
}

/**
 * As {@link ceremony}, with what it asks the database first sent together with the claim, which saves a round trip. That
 * is before anything is known, also of the caller: it may read, and use up what is single-use.
 */
export function askingCeremony<I, A, R>(
  name: string,
  ask: (tx: Tx, input: I, core: Core) => Promise<A>,
  work: (tx: Tx, input: I, context: CommandContext, asked: A) => Promise<CommandOutcome<R>>,
): Command<I, R> {
  return (core, call, input) =>
    run(
      core,
      { ...call, idempotencyKey: null, name, inputHash: nothingHash },
      {
        ask: (tx) => ask(tx, input, core),
        work: (tx, context, asked) => work(tx, input, context, asked),
      },
    );
}

const noQuestion = () => Promise.resolve();

/** Outside the key store nothing compares inputs. */
const nothingHash = canonicalHash({});

/**
 * A ceremony that only asks, as for a signature: of no use to anybody who does not answer it soon. Its commit does not
 * wait for the disk, so that with a machine that dies the last of them may go; then it is asked again. Whoever answers
 * waits for his own commit, and with it for this one.
 */
export function question<I, R>(name: string, work: Work<I, R>): Command<I, R> {
  return (core, call, input) =>
    run(
      core,
      { ...call, idempotencyKey: null, name, inputHash: nothingHash, isQuestion: true },
      {
        ask: noQuestion,
        work: (tx, context) => work(tx, input, context),
      },
    );
}

interface CommandClaim extends Call {
  name: string;
  inputHash: Buffer;
  isQuestion?: true;
}

interface BoundWork<A, R> {
  ask: (tx: Tx) => Promise<A>;
  work: (tx: Tx, context: CommandContext, asked: A) => Promise<CommandOutcome<R>>;
}

async function run<A, R>(core: Core, claim: CommandClaim, { ask, work }: BoundWork<A, R>): Promise<R> {
  for (let attempt = 1; ; attempt += 1) {
    const trace: Trace = { now: null, notes: [], posting: null };
    let outcome: CommandOutcome<R>;
    try {
      outcome = await inFramedTransaction(core.db, {
        first: beginning(claim),
        ask,
        work: (tx, rows, asked) =>
          attemptOnce(core, claim, begunOf(rows), (context) => work(tx, context, asked), trace),
      });
    } catch (thrown) {
      const refusal = trace.posting?.refusalIn(thrown) ?? null;
      const error = refusal === null ? thrown : new Refused(refusal);
      if (attempt === ATTEMPTS_MAX || !mayRunAgain(error, claim, attempt)) {
        await auditFailure(core, claim, trace, error);
        throw error;
      }
      core.log('warn', 'command runs again', { command: claim.name, attempt, requestId: claim.requestId });
      await pause(core, attempt);
      continue;
    }
    for (const queue of queuesToWake(outcome)) core.wake(queue);
    if ('refusal' in outcome) throw new Refused(outcome.refusal);
    return outcome.result;
  }
}

/** What the audit log must know of an attempt, also when all else of it is rolled back. */
interface Trace {
  /** Null: it was over before the claim. */
  now: Date | null;
  notes: AuditNote[];
  /** Whose refusal ends the transaction. */
  posting: LastPosting | null;
}

/** What fails without a refusal is a fault of ours, which changed nothing and which the log of the process tells. */
async function auditFailure(
  core: Core,
  claim: CommandClaim,
  { now, notes }: Trace,
  error: unknown,
): Promise<void> {
  if (now === null || !(error instanceof Refused)) return;
  await auditRefusal(core, now, claim, { kind: 'command', name: claim.name, notes }, error.refusal);
}

/** Whoever tells people of events looks at once. */
const READERS_OF_EVENTS = ['deliver-notices'];

const queuesToWake = ({ wake = [], events = [] }: CommandOutcome<unknown>): readonly string[] =>
  events.length === 0 ? wake : [...wake, ...READERS_OF_EVENTS];

function mayRunAgain(error: unknown, claim: CommandClaim, attempt: number): boolean {
  if (isTransactionConflict(error) || isPlanOutdated(error)) return true;
  // Without a key nothing tells whether the lost COMMIT took effect, so the caller must look.
  if (error instanceof CommitUnknown) return claim.idempotencyKey !== null;
  if (isConnectionLost(error)) return true;
  // The backend of our own lost attempt may hold its claim for a moment yet.
  return attempt > 1 && error instanceof Refused && error.refusal.code === 'COMMAND_IN_FLIGHT';
}

/** 5 to 10 ms, then twice as long each time: two that collided do not meet again in step. */
function pause(core: Core, attempt: number): Promise<void> {
  const jitter = 1 + (core.random(1)[0] ?? 0) / 255;
  return new Promise((resolve) => setTimeout(resolve, 5 * 2 ** (attempt - 1) * jitter));
}

async function attemptOnce<R>(
  core: Core,
  claim: CommandClaim,
  begun: Begun,
  work: (context: CommandContext) => Promise<CommandOutcome<R>>,
  trace: Trace,
): Promise<{ result: CommandOutcome<R>; last: readonly CompiledQuery[] }> {
  trace.now = begun.command_time;
  refuseUnlessClaimed(begun.outcome);
  const ownKey = ownDataKey(core, claim.caller, begun.wrapped_key);
  const answerKey = claim.caller.kind === 'user' ? ownKey.dataKey : () => core.keyring.wrapping[0];
  if (begun.outcome === 'replay' && begun.answer_sealed !== null) {
    const stored = open([answerKey()], answerPlace(claim), begun.answer_sealed);
    return { result: readAnswer(stored), last: [nothing] };
  }
  let isKeptForEver = false;
  const context: CommandContext = {
    viewer: viewerOf(claim.caller, begun),
    now: begun.command_time,
    newId: createIds(core, begun.command_time),
    random: core.random,
    policy: core.policy,
    core,
    authority: authorityOf(claim),
    idempotencyKey: claim.idempotencyKey,
    ...ownKey,
    keepForEver: () => {
      isKeptForEver = true;
    },
    audit: (note) => trace.notes.push(note),
  };
  const outcome = await work(context);
  const { writes = [], movements = [] } = outcome;
  if (movements.length > 0) trace.posting = postLast(context, movements);
  const keptUntil = isKeptForEver ? null : after(context.now, core.policy.answerKeptSeconds);
  const answer =
    claim.idempotencyKey === null
      ? null
      : seal(answerKey(), answerPlace(claim), writeAnswer(outcome), core.random);
  const last = finishing(claim, context, outcome, { answer, keptUntil, ...trace });
  return { result: outcome, last: [...writes, last] };
}

// Always sent, even with nothing to write: where an error was swallowed and the transaction is aborted this
// raises, while COMMIT would roll back without a word.
function finishing(
  claim: CommandClaim,
  context: CommandContext,
  outcome: CommandOutcome<unknown>,
  { answer, keptUntil, notes, posting }: Trace & { answer: Buffer | null; keptUntil: Date | null },
): CompiledQuery {
  const { caller } = claim;
  const events = outcome.events ?? [];
  const ofEach = (text: (event: CommandEvent) => string) => arrayLiteral(events.map(text));
  const isAudited = !(caller.kind === 'clock' && outcome.isIdle === true);
  const entry = isAudited ? entryOf(claim, context, outcome, notes) : null;
  const posted = posting?.parameters ?? [];
  return CompiledQuery.raw(finishBehind(posting?.call ?? null, posted.length, claim.isQuestion === true), [
    ...posted,
    ...[actorName(caller), claim.name, claim.idempotencyKey, claim.inputHash, answer, context.now, keptUntil],
    ...[caller.kind, caller.kind === 'user' ? caller.userId : null],
    ...[ofEach(() => context.newId()), ofEach(({ name }) => name)],
    ...[ofEach(({ subject }) => subject.type), ofEach(({ subject }) => subject.id)],
    ...[ofEach(({ audience }) => arrayLiteral(audience)), ofEach(({ data }) => JSON.stringify(data ?? {}))],
    ...(entry === null ? noEntry : entryParameters(entry)),
  ]);
}

/** One statement with the call that posts, if there is one, and of one text for each kind of such a call. */
function finishBehind(call: string | null, parameterCount: number, isQuestion: boolean): string {
  const key = `${call} ${isQuestion}`;
  const known = finishTexts.get(key);
  if (known !== undefined) return known;
  const places = Array.from({ length: 24 }, (_, index) => `$${parameterCount + index + 1}`);
  const posting = call === null ? '' : `${call}, `;
  const lazily = isQuestion ? `, set_config('synchronous_commit', 'off', true)` : '';
  const text = `select ${posting}finish_command(${places})${lazily}`;
  finishTexts.set(key, text);
  return text;
}

const finishTexts = new Map<string, string>();

const entryParameters = (entry: AuditEntry): unknown[] => [
  ...[entry.id, entry.outcome, entry.actor_reference, entry.session_id, entry.key_hash],
  ...[entry.network_address_hash, entry.request_id, arrayLiteral(entry.subjects), JSON.stringify(entry.data)],
];

const noEntry = Array.from({ length: 9 }, () => null);

/** What the audit log says of a command that commits. */
function entryOf(
  claim: CommandClaim,
  { core, newId, authority }: CommandContext,
  outcome: CommandOutcome<unknown>,
  notes: readonly AuditNote[],
): AuditEntry {
  const events = outcome.events ?? [];
  const told = events.map(({ name, subject, audience, data }) => ({ name, subject, audience, data }));
  // The other kinds say no more than who calls.
  const isSigned = authority.kind === 'passkey' || authority.kind === 'operator';
  const signed = isSigned ? { signed: { by: authority.kind, reference: authority.reference } } : {};
  return auditEntry(core, newId(), claim, {
    kind: 'command',
    name: claim.name,
    outcome: 'refusal' in outcome ? outcome.refusal.code : 'done',
    notes: [{ subjects: events.map(({ subject }) => subject), data: { events: told, ...signed } }, ...notes],
  });
}

/** What a replay leaves behind. */
const nothing = CompiledQuery.raw('select');

function authorityOf(claim: CommandClaim): Authority {
  const { caller } = claim;
  switch (caller.kind) {
    case 'user':
      return {
        kind: 'session',
        reference: caller.sessionId,
        detail: `${claim.name} ${claim.idempotencyKey}`,
      };
    case 'clock':
      return { kind: 'clock', reference: caller.edge, detail: claim.name };
    case 'provider':
      return { kind: 'provider', reference: caller.object, detail: claim.name };
    // Nothing that somebody does on the server posts money: as an operator's it would need a signature.
    case 'server':
      return { kind: 'operator', reference: caller.task, detail: claim.name };
    case 'anonymous':
      return { kind: 'session', reference: 'none', detail: claim.name };
  }
}

const answerPlace = (claim: CommandClaim): SealedPlace => ({
  table: 'commands',
  row: JSON.stringify([actorName(claim.caller), claim.name, claim.idempotencyKey]),
  column: 'answer_sealed',
});

function writeAnswer(outcome: CommandOutcome<unknown>): string {
  const answer = 'refusal' in outcome ? { refusal: outcome.refusal } : { result: outcome.result };
  return JSON.stringify(serializePlain(answer) ?? superjson.serialize(answer));
}

function readAnswer<R>(answer: Buffer): CommandOutcome<R> {
  const stored = superjson.parse<{ result: R } | { refusal: Refusal }>(answer.toString('utf8'));
  if ('refusal' in stored && !isRefusal(stored.refusal)) throw new Error('a stored refusal is damaged');
  return stored;
}
