import type { Role } from '@errand-dash/contract';
import type { Tx } from '@errand-dash/db';
import type { CommandContext, CommandEvent, CommandOutcome } from '../../command.ts';
import { type Decision, isRefusal, orThrow, refuse } from '../../refusal.ts';
import {
  findAccountChangeRefusal,
  insertStandingChange,
  lockStandings,
  requireUser,
  type StandingChange,
} from '../../users/index.ts';
import { type AdministeredUser, getAdministeredUser } from '../people/administered-user.store.ts';
import type { Change } from './standing.rules.ts';

/** A signed change of what a person may do, as its command was given it. */
export interface AskedChange {
  userId: string;
  reason: string;
  approvalId: string;
}

/** What a change is once it is decided: how it is kept and what it writes. */
export interface DecidedChange {
  change: StandingChange['change'];
  role: Role | null;
  save: (operatorId: string) => Promise<unknown>;
}

/**
 * Changes what a person may do, keeps by whose signature and why, and tells him. Both people are locked and read anew,
 * so that of operators who change one another at once the later finds himself changed. Refuses an operator with
 * `ACCOUNT_COOLING` for a day after a recovery.
 */
export async function changeStanding(
  tx: Tx,
  context: CommandContext,
  { userId, reason, approvalId }: AskedChange,
  decide: (change: Change) => Decision<DecidedChange>,
): Promise<CommandOutcome<AdministeredUser>> {
  // A refused change has no event that would name the person.
  context.audit({ subjects: [{ type: 'user', id: userId }] });
  const operatorId = orThrow(requireUser(context.viewer)).userId;
  // A recovery can be undone for a day. Until then it may be a thief's.
  const cooling = await findAccountChangeRefusal(tx, context.viewer, context.now);
  if (cooling !== null) return { refusal: cooling };
  const standings = await lockStandings(tx, [operatorId, userId]);
  const [operator, person] = [standings.get(operatorId), standings.get(userId)];
  if (operator === undefined || person === undefined) return { refusal: refuse('OBJECT_NOT_FOUND', {}) };
  const decided = decide({ operator, person });
  if (isRefusal(decided)) return { refusal: decided };
  const { change, role, save } = decided;
  await save(operatorId);
  const { now } = context;
  const by = { kind: 'operator', userId: operatorId, approvalId } as const;
  await insertStandingChange(tx, { id: context.newId(), userId, change, role, by, reason, now });
  return {
    result: await getAdministeredUser(tx, context.core.keyring, userId),
    events: [standingEvent(userId, change, role)],
  };
}

const eventNames = {
  granted: 'user.role_granted',
  revoked: 'user.role_revoked',
  suspended: 'user.suspended',
  reinstated: 'user.reinstated',
} as const;

/** Tells a person what has changed. Why is for operators to read. */
export const standingEvent = (
  userId: string,
  change: StandingChange['change'],
  role: Role | null,
): CommandEvent => ({
  name: eventNames[change],
  subject: { type: 'user', id: userId },
  audience: [userId],
  ...(role === null ? {} : { data: { role } }),
});
