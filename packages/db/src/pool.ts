import { Kysely, PostgresDialect } from 'kysely';
import pg from 'pg';
import { type RowDescriptions, StatementBatch } from './statement-batch.ts';
import type { Database } from './tables/database.ts';
import { framing, isPlanOutdated } from './transaction.ts';

export type PoolOptions = {
  readonly url: string;
  readonly connectionsMax: number;
  /** Shown by `pg_stat_activity`. */
  readonly applicationName: string;
  /** The server ends a statement that runs longer. */
  readonly statementTimeoutSeconds: number;
  /** How long a caller waits for a connection before `PoolExhausted`. */
  readonly waitSecondsMax: number;
  /** Statements keep their plans unless this is false, as it must be behind a pooler that does not know of them. */
  readonly preparesStatements?: boolean;
  /** Told when a connection that nobody uses is lost. The pool replaces it by itself. */
  readonly onConnectionLost?: (error: Error) => void;
};

/** No connection came free in time. Nothing was sent, so that the caller may safely try again later. */
export class PoolExhausted extends Error {
  readonly code = 'POOL_EXHAUSTED';
  override readonly name = 'PoolExhausted';
}

/**
 * A pool whose queries give `int8` as bigint, `numeric` and `date` as text, `timestamptz` as Date. TLS is as the
 * url asks (`sslmode=verify-full`). `connect` and `query` refuse with `PoolExhausted`.
 */
export function createPool(options: PoolOptions): pg.Pool {
  return createPoolOf(pg.Client, options);
}

/** Kysely on the pool; `destroy()` ends the pool too. */
export function createDb(pool: pg.Pool): Kysely<Database> {
  return new Kysely<Database>({ dialect: new PostgresDialect({ pool }) });
}

/** As `createPool`, with another client, as the tests of faults have it. */
export function createPoolOf(Client: typeof pg.Client, options: PoolOptions): pg.Pool {
  const pool = new pg.Pool({
    Client,
    connectionString: options.url,
    max: options.connectionsMax,
    application_name: options.applicationName,
    statement_timeout: options.statementTimeoutSeconds * 1000,
    connectionTimeoutMillis: options.waitSecondsMax * 1000,
    keepAlive: true,
    // A statement does not wait for the answer to the one before it on the same connection.
    pipeline: true,
    types: { getTypeParser },
  });
  pool.on('error', (error) => options.onConnectionLost?.(error));
  // A client in use has no listener of the pool's. If it is lost between two statements it says so by an event,
  // which without a listener ends the process; the next statement fails anyway.
  pool.on('connect', (client) => client.on('error', () => undefined));
  pool.on('connect', (client) => sendTogether(client, options.preparesStatements !== false));
  nameExhaustion(pool);
  return pool;
}

/** Beyond so many different statements the others are sent whole each time: each costs memory on every connection. */
const PREPARED_MAX = 1000;
const names = new Map<string, string>();

/** One name for one text in this whole process, or none where there are too many of them. */
function nameOf(text: string): string | undefined {
  const known = names.get(text);
  if (known !== undefined || names.size === PREPARED_MAX) return known;
  const name = `statement_${names.size + 1}`;
  names.set(text, name);
  return name;
}

/** They have no parameters, and are sent with the statements between them all the same. */
const framingTexts: ReadonlySet<string> = new Set(Object.values(framing));

/** One that was asked for and is not sent yet. */
interface Asked {
  text: string;
  values: unknown[];
  callback: (error: Error | undefined, result: pg.QueryResult) => void;
}

const isSentTogether = ({ text, values }: Asked) => values.length > 0 || framingTexts.has(text);

type Query = (statement: unknown, ...rest: unknown[]) => unknown;

/**
 * What is asked in one turn of the event loop is sent as one, which saves the server an answer and this process a system
 * call each; outside a transaction nobody asks one connection twice in a turn. A statement with parameters is parsed and
 * planned once a connection, under a name, and not at every call: Kysely has no way to name one.
 */
function sendTogether(client: pg.PoolClient, preparesStatements: boolean): void {
  const query = client.query.bind(client) as Query;
  const descriptions: RowDescriptions = new Map();
  // A migration may have changed what a kept plan answers; the connection then forgets its names.
  let generation = 0;
  let asked: Asked[] = [];
  const made = ({ text, values, callback }: Asked, isPrepared: boolean) => {
    const statement = new pg.Query(text, values, callback);
    if (!isPrepared) return statement;
    const name = preparesStatements ? nameOf(text) : undefined;
    return Object.assign(
      statement,
      name === undefined ? { queryMode: 'extended' } : { name: `${name}_${generation}` },
    );
  };
  const send = () => {
    const all = asked;
    asked = [];
    for (let start = 0, end = 0; start < all.length; start = end) {
      while (end < all.length && isSentTogether(all[end] as Asked)) end += 1;
      // Without parameters there may be several statements in a text, which only goes by itself.
      const isTogether = end > start;
      if (!isTogether) end += 1;
      const statements = all.slice(start, end).map((statement) => made(statement, isTogether));
      query(isTogether ? new StatementBatch(statements, { getTypeParser }, descriptions) : statements[0]);
    }
  };
  const ask = (text: string, values: unknown[], answer: Asked['callback']) => {
    const callback: Asked['callback'] = (error, result) => {
      if (isPlanOutdated(error)) generation += 1;
      answer(error, result);
    };
    if (asked.push({ text, values, callback }) === 1) process.nextTick(send);
  };
  const queryTogether: Query = (statement, ...rest) => {
    const [values, callback] = rest;
    if (typeof statement !== 'string' || !Array.isArray(values)) {
      send();
      return query(statement, ...rest);
    }
    if (typeof callback === 'function') return ask(statement, values, callback as Asked['callback']);
    return new Promise<pg.QueryResult>((resolve, reject) => {
      ask(statement, values, (error, result) => (error ? reject(error) : resolve(result)));
    });
  };
  client.query = queryTogether as typeof client.query;
}

type ConnectCallback = (
  error: Error | undefined,
  client: pg.PoolClient | undefined,
  done: (release?: Error | boolean) => void,
) => void;

/** pg tells an exhausted pool by the words of the message alone (pg-pool 3, `connect`). */
function nameExhaustion(pool: pg.Pool): void {
  const connect = pool.connect.bind(pool);
  const connectNamed = (callback?: ConnectCallback): Promise<pg.PoolClient> | undefined => {
    if (callback !== undefined) {
      connect((error, client, done) => callback(error && nameError(error), client, done));
      return undefined;
    }
    return connect().catch((error: Error) => {
      throw nameError(error);
    });
  };
  pool.connect = connectNamed as typeof pool.connect;
}

const tooManyConnections = '53300';

function nameError(error: Error): Error {
  const isServerFull = error instanceof pg.DatabaseError && error.code === tooManyConnections;
  if (!isServerFull && error.message !== 'timeout exceeded when trying to connect') return error;
  return new PoolExhausted('No database connection came free in time.', { cause: error });
}

/** Oids of PostgreSQL's `pg_type.dat`. */
const oids = { int8: 20, int8Array: 1016, date: 1082, dateArray: 1182, numericArray: 1231, textArray: 1009 };

type Nested = string | null | readonly Nested[];
type NestedBigint = bigint | null | readonly NestedBigint[];

/**
 * Parsers of this pool only: other users of pg in the process, as pg-boss, expect the usual ones. pg would make
 * a `date` midnight in the zone of this machine, and a `numeric[]` floating.
 */
const getTypeParser = ((oid: number, format?: 'text' | 'binary') => {
  if (format === 'binary') return pg.types.getTypeParser(oid, 'binary');
  switch (oid) {
    case oids.int8:
      return BigInt;
    case oids.int8Array:
      return (text: string) => toBigints(parseTexts(text));
    case oids.date:
      return String;
    case oids.dateArray:
    case oids.numericArray:
      return parseTexts;
    default:
      return pg.types.getTypeParser(oid, 'text');
  }
}) as typeof pg.types.getTypeParser;

function parseTexts(text: string): Nested {
  return pg.types.getTypeParser(oids.textArray, 'text')(text) as Nested;
}

function toBigints(value: Nested): NestedBigint {
  if (value === null) return null;
  return typeof value === 'string' ? BigInt(value) : value.map(toBigints);
}
