import { type Role, roles } from '@errand-dash/contract';
import type { Db, Tx } from '@errand-dash/db';
import { sql } from 'kysely';
import type { RoleCandidate } from './role.rules.ts';

/** A change of what a person may do, kept for ever. */
export interface StandingChange {
  id: string;
  userId: string;
  change: 'granted' | 'revoked' | 'suspended' | 'reinstated';
  role: Role | null;
  by:
    | { kind: 'self'; userId: string }
    /** Signed: the approval proves it. */
    | { kind: 'operator'; userId: string; approvalId: string }
    | { kind: 'server' };
  reason: string | null;
  now: Date;
}

export async function insertStandingChange(tx: Tx, change: StandingChange): Promise<void> {
  const { by } = change;
  await tx
    .insertInto('standing_changes')
    .values({
      id: change.id,
      user_id: change.userId,
      change: change.change,
      role: change.role,
      by_kind: by.kind,
      by_user_id: by.kind === 'server' ? null : by.userId,
      approval_id: by.kind === 'operator' ? by.approvalId : null,
      reason: change.reason,
      changed_at: change.now,
    })
    .execute();
}

/** Makes others who change what this person may do wait until the end of the transaction. False: there is nobody. */
export async function lockPerson(tx: Tx, userId: string): Promise<boolean> {
  const row = await tx
    .selectFrom('users')
    .where('id', '=', userId)
    .select('id')
    .forNoKeyUpdate()
    .executeTakeFirst();
  return row !== undefined;
}

/** Whether the person of a session is suspended, or null where the session was ended. */
export async function findSessionStanding(
  db: Db,
  sessionId: string,
): Promise<{ isSuspended: boolean } | null> {
  const row = await db
    .selectFrom('sessions')
    .innerJoin('users', 'users.id', 'sessions.user_id')
    .where('sessions.id', '=', sessionId)
    .where('sessions.ended_at', 'is', null)
    .select('users.suspended_at')
    .executeTakeFirst();
  return row === undefined ? null : { isSuspended: row.suspended_at !== null };
}

/** Gives a person a role. False when he has it already. */
export async function saveRole(
  tx: Tx,
  userId: string,
  granted: { role: Role; grantedBy: string | null; reason: string | null; now: Date },
): Promise<boolean> {
  const { role, grantedBy, reason, now } = granted;
  const { numInsertedOrUpdatedRows } = await tx
    .insertInto('user_roles')
    .values({ user_id: userId, role, granted_at: now, granted_by: grantedBy, reason })
    .onConflict((conflict) => conflict.doNothing())
    .executeTakeFirst();
  return numInsertedOrUpdatedRows === 1n;
}

/** Takes a role away. False when the person does not have it. */
export async function deleteRole(tx: Tx, userId: string, role: Role): Promise<boolean> {
  const { numDeletedRows } = await tx
    .deleteFrom('user_roles')
    .where('user_id', '=', userId)
    .where('role', '=', role)
    .executeTakeFirst();
  return numDeletedRows === 1n;
}

/** What a person is and may do at the moment. */
export interface Standing extends RoleCandidate {
  userId: string;
  suspendedAt: Date | null;
}

/**
 * Makes others who change what these people may do wait until the end of the transaction, and reads it after that: what
 * a session knew of its roles when it began may be over by now. Who does not exist is not in the map.
 */
export async function lockStandings(tx: Tx, userIds: readonly string[]): Promise<Map<string, Standing>> {
  for (const userId of [...new Set(userIds)].sort()) await lockPerson(tx, userId);
  const rows = await tx
    .selectFrom('users')
    .where('id', 'in', [...userIds])
    .select(['id', 'display_name', 'phone_verified_at', 'suspended_at'])
    .select(sql<string[]>`array(select role from user_roles where user_id = users.id)`.as('roles'))
    .execute();
  return new Map(
    rows.map((row) => [
      row.id,
      {
        userId: row.id,
        displayName: row.display_name,
        phone: row.phone_verified_at === null ? null : { verifiedAt: row.phone_verified_at },
        roles: roles.filter((role) => row.roles.includes(role)),
        suspendedAt: row.suspended_at,
      },
    ]),
  );
}

/** Suspends a person from this instant on. */
export async function saveSuspended(tx: Tx, userId: string, suspendedAt: Date): Promise<void> {
  await tx.updateTable('users').set({ suspended_at: suspendedAt }).where('id', '=', userId).execute();
}

/**
 * Lets a suspended person in again. What was left of a cooling when he was suspended begins now: until then its owner
 * could not get in to undo anything. So does what was left of the time that he has after it for changing his contacts.
 */
export async function saveReinstated(
  tx: Tx,
  userId: string,
  { now, contactAgeSeconds }: { now: Date; contactAgeSeconds: number },
): Promise<void> {
  await tx
    .updateTable('users')
    .set({
      suspended_at: null,
      money_out_from: sql<Date | null>`case when money_out_from > suspended_at
        then money_out_from + (${now}::timestamptz - suspended_at) else money_out_from end`,
      contacts_count_from: sql<Date | null>`case
        when contacts_count_from + make_interval(secs => ${contactAgeSeconds}) > suspended_at
        then contacts_count_from + (${now}::timestamptz - suspended_at) else contacts_count_from end`,
    })
    .where('id', '=', userId)
    .execute();
}
