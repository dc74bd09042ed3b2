import { type Command, command } from '../../command.ts';
import { orThrow, refuse } from '../../refusal.ts';
import { insertStandingChange, lockStandings, saveRole } from '../../users/index.ts';
import { countSuperAdmins, findUserIdByHandle, lockFirstSuperAdmin } from '../people/operator.store.ts';
import { standingEvent } from './change-standing.ts';
import { decideFirst } from './standing.rules.ts';

export interface GrantOnServer {
  handle: string;
  /** Also where there is a super admin already, for when none of them can sign any more. */
  isForced: boolean;
}

export interface GrantedOnServer {
  userId: string;
  handle: string;
}

/**
 * Makes a person a super admin from the server itself, where nobody can sign yet: the first one, or with force another.
 * It is kept and told as every grant. Refuses with `OBJECT_NOT_FOUND`, `SUPER_ADMIN_PRESENT`, `STANDING_UNCHANGED`,
 * `ROLE_CONFLICT`, and `ROLE_MISSING` to every person who calls it.
 */
export const grantOnServer: Command<GrantOnServer, GrantedOnServer> = command(
  'admin.grantOnServer',
  async (tx, { handle, isForced }, context) => {
    if (context.viewer.kind !== 'server') orThrow(refuse('ROLE_MISSING', { role: 'super_admin' }));
    await lockFirstSuperAdmin(tx);
    const userId = await findUserIdByHandle(tx, handle);
    const person = userId === null ? undefined : (await lockStandings(tx, [userId])).get(userId);
    if (userId === null || person === undefined) return orThrow(refuse('OBJECT_NOT_FOUND', {}));
    const superAdminsPresent = await countSuperAdmins(tx);
    const role = orThrow(decideFirst(person, { superAdminsPresent, isForced }));
    const { now } = context;
    const reason = isForced ? 'granted on the server, by force' : 'granted on the server';
    await saveRole(tx, userId, { role, grantedBy: null, reason, now });
    const by = { kind: 'server' } as const;
    await insertStandingChange(tx, { id: context.newId(), userId, change: 'granted', role, by, reason, now });
    return { result: { userId, handle }, events: [standingEvent(userId, 'granted', role)] };
  },
);
