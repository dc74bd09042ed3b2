import type { Role } from '@errand-dash/contract';
import type { Db } from '@errand-dash/db';
import { orThrow, refuse } from '../../refusal.ts';
import type { Keyring } from '../../sealing.ts';
import { findPublicUsers, getPerson, type Me } from '../../users/index.ts';

/** A person as operators see him: who he is, what he may do and by whom. */
export interface AdministeredUser
  extends Pick<Me, 'userId' | 'handle' | 'displayName' | 'phone' | 'createdAt'> {
  roles: { role: Role; grantedAt: Date; grantedBy: string | null; reason: string | null }[];
  suspendedAt: Date | null;
}

/** A change of what a person may do, as it is kept. */
export interface KeptStandingChange {
  change: 'granted' | 'revoked' | 'suspended' | 'reinstated';
  role: Role | null;
  byKind: 'self' | 'operator' | 'server';
  byUserId: string | null;
  approvalId: string | null;
  reason: string | null;
  changedAt: Date;
}

/** Refuses with `OBJECT_NOT_FOUND`. */
export async function getAdministeredUser(
  db: Db,
  keyring: Keyring,
  userId: string,
): Promise<AdministeredUser> {
  if (!(await findPublicUsers(db, [userId])).has(userId)) orThrow(refuse('OBJECT_NOT_FOUND', {}));
  const { handle, displayName, phone, createdAt, roles } = await getPerson(db, keyring, userId);
  const { suspended_at: suspendedAt } = await db
    .selectFrom('users')
    .where('id', '=', userId)
    .select('suspended_at')
    .executeTakeFirstOrThrow();
  const granted = await db
    .selectFrom('user_roles')
    .where('user_id', '=', userId)
    .select(['role', 'granted_at as grantedAt', 'granted_by as grantedBy', 'reason'])
    .execute();
  const given = roles.flatMap((role) =>
    granted.filter((row) => row.role === role).map((row) => ({ ...row, role })),
  );
  return { userId, handle, displayName, phone, roles: given, suspendedAt, createdAt };
}

/** The last changes of what a person may do, newest first. */
export async function findStandingChanges(
  db: Db,
  userId: string,
  limit: number,
): Promise<KeptStandingChange[]> {
  const rows = await standingChanges(db)
    .where('user_id', '=', userId)
    .orderBy('id', 'desc')
    .limit(limit)
    .execute();
  return rows.map(({ userId: _userId, ...row }) => ({ ...row, role: row.role as Role | null }));
}

/** The change that was made by an operator's signature, and of whom; or null. */
export async function findChangeByApproval(
  db: Db,
  approvalId: string,
): Promise<(KeptStandingChange & { userId: string }) | null> {
  const row = await standingChanges(db).where('approval_id', '=', approvalId).executeTakeFirst();
  return row === undefined ? null : { ...row, role: row.role as Role | null };
}

const standingChanges = (db: Db) =>
  db
    .selectFrom('standing_changes')
    .select([
      'user_id as userId',
      'change',
      'role',
      'by_kind as byKind',
      'by_user_id as byUserId',
      'approval_id as approvalId',
      'reason',
      'changed_at as changedAt',
    ]);
