import pg from 'pg';
import { createPoolOf } from '../pool.ts';

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
      const sendCounted = (...call: Call) => {
        const answer = send(...call);
        const countDown = () => {
          unanswered -= 1;
        };
        unanswered += 1;
        if (answer instanceof Promise) answer.then(countDown, countDown);
        return answer;
      };
      this.query = ((...call: Call) => {
        const isStruck = statements.push(textOf(call[0])) === at;
        return isStruck ? strike(this, sendCounted, call, fault, unanswered) : sendCounted(...call);
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

type Call = [query: string | { readonly text: string }, ...rest: unknown[]];
type Send = (...call: Call) => unknown;

function strike(client: pg.Client, send: Send, call: Call, fault: Fault, unanswered: number): unknown {
  if ('raiseAt' in fault) {
    const callback = call.find((argument) => typeof argument === 'function');
    const raise = `DO $$ BEGIN RAISE EXCEPTION 'injected fault' USING ERRCODE = '${fault.code}'; END $$`;
    return callback === undefined ? send(raise) : send(raise, callback);
  }
  if (fault.when === 'before') client.connection.stream.destroy();
  else cutAfterReplies(client.connection.stream, unanswered + 1);
  return send(...call);
}

/** Keeps what the server answers from the client, and cuts once so many answers are whole. */
function cutAfterReplies(stream: pg.Connection['stream'], count: number): void {
  let unread = Buffer.alloc(0);
  let left = count;
  stream.removeAllListeners('data');
  stream.on('data', (chunk: Buffer) => {
    unread = Buffer.concat([unread, chunk]);
    // A message is one byte for its kind and four for its length, which counts itself but not the kind.
    while (unread.length >= 5 && unread.length > unread.readInt32BE(1)) {
      const isReadyForQuery = unread[0] === 'Z'.charCodeAt(0);
      unread = unread.subarray(1 + unread.readInt32BE(1));
      if (isReadyForQuery) left -= 1;
      if (left === 0) stream.destroy();
    }
  });
}

function textOf(query: Call[0]): string {
  return typeof query === 'string' ? query : query.text;
}
