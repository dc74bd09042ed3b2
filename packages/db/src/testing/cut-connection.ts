import pg from 'pg';
import { createPoolOf } from '../pool.ts';
import { StatementBatch } from '../statement-batch.ts';

/** What goes wrong, once, at which statement of the pool, counted from 1; begin and commit are statements too. */
export type Fault =
  /** The connection dies before the statement is sent, or after the server has answered it and nobody heard. */
  | { readonly cutAt: number; readonly when: 'before' | 'after' }
  /** The server refuses the statement with a serialization failure, or a deadlock, and aborts the transaction. */
  | { readonly raiseAt: number; readonly code: '40001' | '40P01' };

export type FaultyPool = {
  readonly pool: pg.Pool;
  /** Every statement so far, in order. The one at the fault is the one that was meant. */
  readonly statements: readonly string[];
  /** False when there were fewer statements: a loop over all of them is done. */
  readonly hasStruck: () => boolean;
};

/** A pool like the application's on which one thing goes wrong. */
export function createFaultyPool(url: string, fault: Fault): FaultyPool {
  const statements: string[] = [];
  const at = 'cutAt' in fault ? fault.cutAt : fault.raiseAt;

  class FaultyClient extends pg.Client {
    constructor(config?: string | pg.ClientConfig) {
      super(config);
      const send = this.query.bind(this) as Send;
      // Those before it on the connection are answered first.
      let unanswered = 0;
      this.query = ((asked: Asked, ...rest: unknown[]) => {
        const together: Statement[] =
          asked instanceof StatementBatch ? asked.statements : [asked as Statement];
        const index = at - statements.length - 1;
        statements.push(...together.map(textOf));
        const before = unanswered + index;
        for (const statement of together) {
          if (typeof statement === 'string') continue;
          unanswered += 1;
          whenAnswered(statement, () => {
            unanswered -= 1;
          });
        }
        const struck = together[index];
        if (struck === undefined) return send(asked, ...rest);
        if ('cutAt' in fault) cut(this.connection.stream, fault.when, before + 1);
        else if (asked instanceof StatementBatch)
          asked.statements[index] = raising(fault.code, struck) as never;
        else return send(raising(fault.code, struck), ...rest);
        return send(asked, ...rest);
      }) as typeof this.query;
    }
  }

  const pool = createPoolOf(FaultyClient, {
    url,
    connectionsMax: 8,
    applicationName: 'errand-dash-fault',
    statementTimeoutSeconds: 20,
    waitSecondsMax: 20,
  });
  return { pool, statements, hasStruck: () => statements.length >= at };
}

type Asked = Statement | StatementBatch;
type Send = (asked: Asked, ...rest: unknown[]) => unknown;
type Answered = (error: Error | undefined, result: unknown) => void;

/** A text by itself, or what the pool makes of one. */
type Statement = string | (pg.Query & { readonly text: string; callback: Answered });

const textOf = (statement: Statement) => (typeof statement === 'string' ? statement : statement.text);

function whenAnswered(statement: Exclude<Statement, string>, then: () => void): void {
  const { callback } = statement;
  statement.callback = (error, result) => {
    then();
    callback(error, result);
  };
}

/** Sent in place of a statement. */
function raising(code: string, statement: Statement): Statement {
  const raise = `DO $$ BEGIN RAISE EXCEPTION 'injected fault' USING ERRCODE = '${code}'; END $$`;
  if (typeof statement === 'string') return raise;
  const query = new pg.Query(raise, [], statement.callback as never);
  return Object.assign(query, { queryMode: 'extended' }) as unknown as Statement;
}

function cut(stream: pg.Connection['stream'], when: 'before' | 'after', answerCount: number): void {
  if (when === 'before') stream.destroy();
  else cutAfterReplies(stream, answerCount);
}

/** By what a server ends its answer to a statement: it is done, was empty, or failed. */
const ends = [...'CIE'].map((kind) => kind.charCodeAt(0));

/** Keeps what the server answers from the client, and cuts once so many answers are whole. */
function cutAfterReplies(stream: pg.Connection['stream'], count: number): void {
  let unread = Buffer.alloc(0);
  let left = count;
  stream.removeAllListeners('data');
  stream.on('data', (chunk: Buffer) => {
    unread = Buffer.concat([unread, chunk]);
    // A message is one byte for its kind and four for its length, which counts itself but not the kind.
    while (unread.length >= 5 && unread.length > unread.readInt32BE(1)) {
      const isEnd = ends.includes(unread[0] ?? 0);
      unread = unread.subarray(1 + unread.readInt32BE(1));
      if (isEnd) left -= 1;
      if (left === 0) stream.destroy();
    }
  });
}
