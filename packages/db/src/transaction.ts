import { type Kysely, sql } from 'kysely';
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
 */
export function inTransaction<T>(db: Db, work: (tx: Tx) => Promise<T>): Promise<T> {
  return db.connection().execute(async (connection) => {
    await sql`begin isolation level read committed`.execute(connection);
    let isCommitSent = false;
    try {
      const result = await work(connection as Tx);
      isCommitSent = true;
      await sql`commit`.execute(connection);
      return result;
    } catch (error) {
      // On a dead connection the rollback fails as well; the server has rolled back by itself then.
      await sql`rollback`.execute(connection).catch(() => undefined);
      throw isCommitSent && isConnectionLost(error) ? new CommitUnknown(error) : error;
    }
  });
}

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
