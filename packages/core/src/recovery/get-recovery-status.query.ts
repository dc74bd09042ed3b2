import { query } from '../query.ts';
import { isRefusal, orThrow } from '../refusal.ts';
import {
  canRecover,
  findCooling,
  findRecoveryFactors,
  type RecoveryFactors,
  requireUser,
} from '../users/index.ts';
import { decideUndo } from './recovery.rules.ts';
import { findFinishedRecoveries, findSessionPasskeyAge } from './recovery.store.ts';

/** By what a person could come back, and whether he just did. */
export interface RecoveryStatus extends RecoveryFactors {
  canRecover: boolean;
  /** Before this instant no money leaves and the ways in stay as they are. */
  coolingUntil: Date | null;
  /** Whether this session may undo that recovery. */
  canUndo: boolean;
}

/** Of the person who asks. Refuses with `SESSION_MISSING`. */
export const getRecoveryStatus = query(
  'recovery.status',
  async (db, _input: Record<string, never>, { viewer, now, core }): Promise<RecoveryStatus> => {
    const { userId, sessionId } = orThrow(requireUser(viewer));
    const factors = await findRecoveryFactors(db, userId, core.policy.recovery);
    const cooling = await findCooling(db, userId, now);
    const finished = cooling === null ? [] : await findFinishedRecoveries(db, userId, cooling.since);
    return {
      ...factors,
      canRecover: canRecover(factors, now),
      coolingUntil: cooling?.until ?? null,
      canUndo: !isRefusal(decideUndo(finished, await findSessionPasskeyAge(db, sessionId))),
    };
  },
);
