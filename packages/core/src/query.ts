import { type Db, onOneConnection } from '@errand-dash/db';
import {
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
import type { Core } from './core.ts';
import { withFreshPlans } from './with-fresh-plans.ts';

/** What a query is given beside the database and its input. */
export interface QueryContext extends OwnDataKey {
  viewer: Viewer;
  /** The database's time when the query began. */
  now: Date;
  core: Core;
}

/** A query, ready to be called. It changes nothing. */
export type Query<I, R> = (core: Core, call: Call, input: I) => Promise<R>;

/**
 * A read. The session and the roles are looked up first, as for a command, so that an ended session or a
 * suspended person reads nothing more. It may run more than once, where a migration came in between.
 */
export function query<I, R>(
  name: string,
  read: (db: Db, input: I, context: QueryContext) => Promise<R>,
): Query<I, R> {
  return (core, call, input) =>
    withFreshPlans(async () => {
      const { rows } = await core.db.executeQuery(beginningOf(name, call));
      return read(core.db, input, contextOf(core, call, rows));
    });
}

/**
 * As {@link query}, with what it asks the database sent together with what every query asks first, which saves a round
 * trip. Only where whoever calls may have all of it: it is read before the caller is known.
 */
export function askingQuery<I, A, R>(
  name: string,
  ask: (db: Db, input: I, core: Core) => Promise<A>,
  answer: (asked: A, input: I, context: QueryContext) => R,
): Query<I, R> {
  return (core, call, input) =>
    withFreshPlans(async () => {
      const [begun, asked] = await onOneConnection(core.db, (db) =>
        Promise.all([db.executeQuery(beginningOf(name, call)), ask(db, input, core)]),
      );
      return answer(asked, input, contextOf(core, call, begun.rows));
    });
}

const beginningOf = (name: string, { caller }: Call) =>
  beginning({ caller, name, idempotencyKey: null, inputHash: null });

function contextOf(core: Core, { caller }: Call, rows: Begun[]): QueryContext {
  const begun = begunOf(rows);
  refuseUnlessClaimed(begun.outcome);
  return {
    viewer: viewerOf(caller, begun),
    now: begun.command_time,
    core,
    ...ownDataKey(core, caller, begun.wrapped_key),
  };
}
