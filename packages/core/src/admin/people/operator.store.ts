import type { Role } from '@errand-dash/contract';
import type { Db, Tx } from '@errand-dash/db';
import { sql } from 'kysely';

/** Somebody who works for the platform. */
export interface Operator {
  handle: string;
  displayName: string;
  role: Role;
  grantedAt: Date;
  /** The handle of the operator who granted it. Null: somebody on the server. */
  grantedBy: string | null;
  suspendedAt: Date | null;
}

export async function findOperators(db: Db): Promise<Operator[]> {
  const rows = await db
    .selectFrom('user_roles')
    .innerJoin('users', 'users.id', 'user_roles.user_id')
    .leftJoin('users as giver', 'giver.id', 'user_roles.granted_by')
    .where('role', 'in', ['moderator', 'admin', 'super_admin'])
    .orderBy('role', 'desc')
    .orderBy('users.handle')
    .select([
      'users.handle',
      'users.display_name as displayName',
      'role',
      'granted_at as grantedAt',
      'giver.handle as grantedBy',
      'users.suspended_at as suspendedAt',
    ])
    .execute();
  return rows.map((row) => ({ ...row, role: row.role as Role }));
}

/** How many super admins there are who are not suspended. */
export async function countSuperAdmins(db: Db): Promise<number> {
  const rows = await db
    .selectFrom('user_roles')
    .innerJoin('users', 'users.id', 'user_roles.user_id')
    .where('role', '=', 'super_admin')
    .where('suspended_at', 'is', null)
    .select('user_id')
    .execute();
  return rows.length;
}

export async function findUserIdByHandle(db: Db, handle: string): Promise<string | null> {
  const row = await db.selectFrom('users').where('handle', '=', handle).select('id').executeTakeFirst();
  return row?.id ?? null;
}

/** Of two who would each make the first super admin at once, the other waits and then finds one. */
export async function lockFirstSuperAdmin(tx: Tx): Promise<void> {
  await sql`select pg_advisory_xact_lock(hashtextextended('first super admin', 0))`.execute(tx);
}
