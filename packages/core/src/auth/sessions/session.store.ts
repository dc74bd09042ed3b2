import type { Db, Tx } from '@errand-dash/db';
import { sql } from 'kysely';
import type { RefreshToken } from './refresh-token.ts';

export interface NewSession {
  sessionId: string;
  userId: string;
  passkeyId: string;
  deviceIdHash: Uint8Array;
  userAgent: string;
  now: Date;
  idleExpiresAt: Date;
  absoluteExpiresAt: Date;
}

/** Saves a session with the first of its refresh tokens. */
export async function saveSession(tx: Tx, session: NewSession, token: RefreshToken): Promise<void> {
  await sql`
    with session as (
      insert into sessions (id, user_id, passkey_id, device_id_hash, user_agent, created_at, last_used_at,
          idle_expires_at, absolute_expires_at)
        values (${session.sessionId}, ${session.userId}, ${session.passkeyId}, ${session.deviceIdHash},
          ${session.userAgent}, ${session.now}, ${session.now}, ${session.idleExpiresAt}, ${session.absoluteExpiresAt})
        returning id)
    insert into refresh_tokens (token_hash, session_id, number, issued_at)
      select ${token.hash}, id, 1, ${session.now} from session`.execute(tx);
}

export interface LockedFamily {
  sessionId: string;
  userId: string;
  number: number;
  spentAt: Date | null;
  deviceIdHash: Uint8Array;
  endedAt: Date | null;
  idleExpiresAt: Date;
  absoluteExpiresAt: Date;
  suspendedAt: Date | null;
}

/** The session that a refresh token belongs to, and the token, locked until the end; or null. */
export async function lockFamilyByToken(tx: Tx, tokenHash: Uint8Array): Promise<LockedFamily | null> {
  const row = await tx
    .selectFrom('refresh_tokens as token')
    .innerJoin('sessions as session', 'session.id', 'token.session_id')
    .innerJoin('users as person', 'person.id', 'session.user_id')
    .where('token.token_hash', '=', tokenHash)
    .select([
      'session.id as sessionId',
      'session.user_id as userId',
      'token.number',
      'token.spent_at as spentAt',
      'session.device_id_hash as deviceIdHash',
      'session.ended_at as endedAt',
      'session.idle_expires_at as idleExpiresAt',
      'session.absolute_expires_at as absoluteExpiresAt',
      'person.suspended_at as suspendedAt',
    ])
    .forUpdate(['session', 'token'])
    .executeTakeFirst();
  return row ?? null;
}

export async function isTokenSpent(db: Db, sessionId: string, number: number): Promise<boolean> {
  const row = await db
    .selectFrom('refresh_tokens')
    .where('session_id', '=', sessionId)
    .where('number', '=', number)
    .select('spent_at')
    .executeTakeFirst();
  return row !== undefined && row.spent_at !== null;
}

/** Spends a token and puts its successor in its place, in one statement. False when it was spent already. */
export async function rotateToken(
  tx: Tx,
  family: { sessionId: string; number: number },
  successor: RefreshToken,
  times: { now: Date; idleExpiresAt: Date },
): Promise<boolean> {
  const { numAffectedRows } = await sql`
    with spent as (
      update refresh_tokens set spent_at = ${times.now}
        where session_id = ${family.sessionId} and number = ${family.number} and spent_at is null
        returning session_id, number),
    used as (
      update sessions set last_used_at = ${times.now}, idle_expires_at = ${times.idleExpiresAt}
        from spent where sessions.id = spent.session_id)
    insert into refresh_tokens (token_hash, session_id, number, issued_at)
      select ${successor.hash}, session_id, number + 1, ${times.now} from spent`.execute(tx);
  return numAffectedRows === 1n;
}

/** Ends a session that still lives. False when it had ended. */
export async function endSession(
  tx: Tx,
  sessionId: string,
  now: Date,
  reason: 'signed_out' | 'refresh_token_reused',
): Promise<boolean> {
  const { numUpdatedRows } = await tx
    .updateTable('sessions')
    .set({ ended_at: now, ended_reason: reason })
    .where('id', '=', sessionId)
    .where('ended_at', 'is', null)
    .executeTakeFirst();
  return numUpdatedRows === 1n;
}
