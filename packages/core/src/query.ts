import type { Db } from '@errand-dash/db';
import {
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
      const claim = { caller: call.caller, name, idempotencyKey: null, inputHash: null };
      const { rows } = await core.db.executeQuery(beginning(claim));
      const begun = begunOf(rows);
      refuseUnlessClaimed(begun.outcome);
      return read(core.db, input, {
        viewer: viewerOf(call.caller, begun),
        now: begun.command_time,
        core,
        ...ownDataKey(core, call.caller, begun.wrapped_key),
      });
    });
}
