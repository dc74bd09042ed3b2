import {
  CompiledQuery,
  type ConnectionProvider,
  type DatabaseConnection,
  DummyDriver,
  Kysely,
  PostgresDialect,
  type QueryExecutor,
} from 'kysely';
import type { Database } from './tables/database.ts';

/** The database outside a transaction: for reads. */
export type Db = Kysely<Database>;

declare const insideTransaction: unique symbol;

/** One connection inside a transaction. Whatever writes takes this, so that a write outside one does not compile. */
export type Tx = Kysely<Database> & { readonly [insideTransaction]: true };

/** The COMMIT was sent and its answer never came: the work is either there whole or not at all. */
export class CommitUnknown extends Error {
  constructor(cause: unknown) {
    super('the connection was lost while committing', { cause });
    this.name = 'CommitUnknown';
  }
}

/**
 * Runs the work in one READ COMMITTED transaction and commits it. Whatever the work throws rolls back.
 * Throws {@link CommitUnknown} when the connection died after COMMIT was sent.
 *
 * Statements on a transaction may be sent without waiting for each other (`Promise.all`): they are answered in the
 * order in which they were sent, and after one that failed none of the others takes effect. What a branch would send
 * once the transaction is over, because another branch threw, is refused: it would take effect by itself.
 */
export function inTransaction<T>(db: Db, work: (tx: Tx) => Promise<T>): Promise<T> {
  return transact(db, {
    first: null,
    ask: noQuestion,
    work: async (tx) => ({ result: await work(tx), last: [] }),
  });
}

/**
 * Reads on one connection, where statements may be sent without waiting for each other (`Promise.all`): what is asked
 * in one turn travels together.
 */
export function onOneConnection<T>(db: Db, read: (db: Db) => Promise<T>): Promise<T> {
  const executor = db.getExecutor();
  return executor.provideConnection((connection) => read(onConnection(executor, connection)));
}

/** A transaction whose ends carry statements, which saves the round trips of BEGIN and COMMIT. */
export interface FramedWork<First, Asked, T> {
  /** Sent in one message with BEGIN, after whose failure PostgreSQL does nothing more of it. It must have parameters. */
  first: CompiledQuery<First>;
  /**
   * Sent right after that one, without an answer to it. A statement with parameters that is asked in the first turn is in
   * the same message. Any other may only read: if BEGIN failed, it would run by itself.
   */
  ask: (tx: Tx) => Promise<Asked>;
  /** Answers its result and the statements that are sent in this order, together with COMMIT. */
  work: (tx: Tx, rows: First[], asked: Asked) => Promise<{ result: T; last: readonly CompiledQuery[] }>;
}

/** As {@link inTransaction}. What one of the last statements throws rolls back, too. */
export function inFramedTransaction<First, Asked, T>(
  db: Db,
  framed: FramedWork<First, Asked, T>,
): Promise<T> {
  return transact(db, framed);
}

const noQuestion = () => Promise.resolve();

/** What begins and ends a transaction. */
export const framing = { begin: 'begin isolation level read committed', commit: 'commit' } as const;

const begin = CompiledQuery.raw(framing.begin);
const commit = CompiledQuery.raw(framing.commit);
const rollback = CompiledQuery.raw('rollback');

function transact<First, Asked, T>(
  db: Db,
  { first, ask, work }: Omit<FramedWork<First, Asked, T>, 'first'> & { first: CompiledQuery<First> | null },
): Promise<T> {
  const executor = db.getExecutor();
  return executor.provideConnection(async (connection) => {
    const send = (statement: CompiledQuery) => connection.executeQuery(statement);
    const gated = gateOf(connection);
    let isCommitSent = false;
    try {
      const tx = onConnection(executor, gated.connection);
      const [, begun, asked] = await Promise.all([
        send(begin),
        first && connection.executeQuery<First>(first),
        ask(tx),
      ]);
      const { result, last } = await work(tx, begun?.rows ?? [], asked);
      gated.close();
      isCommitSent = true;
      await Promise.all([...last, commit].map(send));
      return result;
    } catch (error) {
      gated.close();
      // On a dead connection the rollback fails as well; the server has rolled back by itself then.
      await send(rollback).catch(() => undefined);
      throw isCommitSent && isConnectionLost(error) ? new CommitUnknown(error) : error;
    }
  });
}

/** A connection that takes statements until it is closed to them; afterwards it is somebody else's. */
function gateOf(connection: DatabaseConnection): { connection: DatabaseConnection; close: () => void } {
  let isOver = false;
  const open = () => {
    if (isOver) throw new Error('the transaction is over');
    return connection;
  };
  return {
    connection: {
      executeQuery: async (...statement) => open().executeQuery(...statement),
      streamQuery: (...statement) => open().streamQuery(...statement),
    },
    close: () => {
      isOver = true;
    },
  };
}

/** Kysely's own way to one connection makes each statement wait for the one before it. */
function onConnection(executor: QueryExecutor, connection: DatabaseConnection): Tx {
  const provider: ConnectionProvider = { provideConnection: (consumer) => consumer(connection) };
  const tx = new Kysely<Database>({ ...unconnected, executor: executor.withConnectionProvider(provider) });
  return tx as Tx;
}

const noPool = () => Promise.reject(new Error('a transaction has its connection already'));
const dialect = new PostgresDialect({ pool: noPool });
const unconnected = { config: { dialect }, dialect, driver: new DummyDriver() };

/** The SQLSTATE of a PostgreSQL error, or the code of a socket error, or null. */
export function errorCode(error: unknown): string | null {
  return typeof error === 'object' && error !== null && 'code' in error && typeof error.code === 'string'
    ? error.code
    : null;
}

/** Serialization failure and deadlock: the same transaction may succeed when it is run again. */
export function isTransactionConflict(error: unknown): boolean {
  const code = errorCode(error);
  return code === '40001' || code === '40P01';
}

/** A statement whose plan was kept answers other columns since a migration: prepared anew it may succeed. */
export function isPlanOutdated(error: unknown): boolean {
  return (
    errorCode(error) === '0A000' && error instanceof Error && error.message.startsWith('cached plan must not')
  );
}

/** Whether the constraint of this name refused a row that was there already. */
export function isUniqueViolation(error: unknown, constraint: string): boolean {
  return (
    errorCode(error) === '23505' &&
    typeof error === 'object' &&
    error !== null &&
    'constraint' in error &&
    error.constraint === constraint
  );
}

const lostCodes = new Set(['ECONNRESET', 'EPIPE', 'ECONNREFUSED', 'ETIMEDOUT', '57P01', '57P02', '57P03']);

/** Whether the connection is gone, as node-postgres tells it: by SQLSTATE class 08 or 57P0x, or by its own words. */
export function isConnectionLost(error: unknown): boolean {
  const code = errorCode(error);
  if (code !== null) return lostCodes.has(code) || code.startsWith('08');
  return (
    error instanceof Error &&
    /^(Connection terminated|Client has encountered a connection error|Client was closed)/.test(error.message)
  );
}
