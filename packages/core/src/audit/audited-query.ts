import type { Db } from '@errand-dash/db';
import { beginning, begunOf, type Call, ownDataKey, refuseUnlessClaimed, viewerOf } from '../claim.ts';
import type { Core } from '../core.ts';
import type { Query, QueryContext } from '../query.ts';
import { Refused } from '../refusal.ts';
import { withFreshPlans } from '../with-fresh-plans.ts';
import { type AuditNote, writeAuditEntry } from './audit-entry.ts';
import { auditRefusal } from './audit-refusal.ts';

export interface AuditedQueryContext extends QueryContext {
  /** Adds what was looked at to the entry of this read, answered or refused. */
  audit: (note: AuditNote) => void;
}

/**
 * A read that the audit log tells of, as every read by an operator is. The entry is committed before the answer is
 * given: where it cannot be written there is no answer. A refused read is audited under the code of its refusal.
 */
export function auditedQuery<I, R>(
  name: string,
  read: (db: Db, input: I, context: AuditedQueryContext) => Promise<R>,
): Query<I, R> {
  const readOnce: Query<I, R> = async (core, call, input) => {
    const claim = { caller: call.caller, name, idempotencyKey: null, inputHash: null };
    const { rows } = await core.db.executeQuery(beginning(claim));
    const begun = begunOf(rows);
    const now = begun.command_time;
    const notes: AuditNote[] = [];
    try {
      refuseUnlessClaimed(begun.outcome);
      const result = await read(core.db, input, {
        viewer: viewerOf(call.caller, begun),
        now,
        core,
        ...ownDataKey(core, call.caller, begun.wrapped_key),
        audit: (note) => notes.push(note),
      });
      await writeRead(core, call, now, { name, notes });
      return result;
    } catch (error) {
      if (error instanceof Refused) {
        await auditRefusal(core, now, call, { kind: 'read', name, notes }, error.refusal);
      }
      throw error;
    }
  };
  return (core, call, input) => withFreshPlans(() => readOnce(core, call, input));
}

const writeRead = (core: Core, call: Call, now: Date, read: { name: string; notes: AuditNote[] }) =>
  writeAuditEntry(core, core.db, now, call, { kind: 'read', outcome: 'done', ...read });
