import type { Database, Db, Tx } from '@errand-dash/db';
import { CompiledQuery, type ExpressionBuilder, sql } from 'kysely';
import type { RefreshToken } from './refresh-token.ts';

export interface NewSession {
  sessionId: string;
  userId: string;
  passkeyId: string | null;
  deviceIdHash: Uint8Array;
  userAgent: string;
  networkAddressSealed: Uint8Array | null;
  now: Date;
  idleExpiresAt: Date;
  absoluteExpiresAt: Date;
}

/** The statement that inserts a session and the first of its refresh tokens. */
export const sessionInsertion = (session: NewSession, token: RefreshToken): CompiledQuery =>
  CompiledQuery.raw(insertSession, [
    ...[session.sessionId, session.userId, session.passkeyId, session.deviceIdHash, session.userAgent],
    ...[session.networkAddressSealed, session.now, session.idleExpiresAt, session.absoluteExpiresAt],
    token.hash,
  ]);

// One statement, since each costs as much again as what it writes.
const insertSession = `with session as (
    insert into sessions (id, user_id, passkey_id, device_id_hash, user_agent, network_address_sealed, created_at,
        last_used_at, idle_expires_at, absolute_expires_at)
      values ($1, $2, $3, $4, $5, $6, $7, $7, $8, $9)
      returning id, created_at)
  insert into refresh_tokens (token_hash, session_id, number, issued_at)
    select $10, id, 1, created_at from session`;

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
  /** Of the person's data key; null where it was destroyed. */
  wrappedKey: Uint8Array | null;
}

/** The session that a refresh token belongs to, and the token, locked until the end; or null. */
export async function lockFamilyByToken(tx: Tx, tokenHash: Uint8Array): Promise<LockedFamily | null> {
  const row = await tx
    .selectFrom('refresh_tokens as token')
    .innerJoin('sessions as session', 'session.id', 'token.session_id')
    .innerJoin('users as person', 'person.id', 'session.user_id')
    .leftJoin('user_data_keys as data_key', 'data_key.user_id', 'session.user_id')
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
      'data_key.wrapped_key as wrappedKey',
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
  use: { now: Date; idleExpiresAt: Date; networkAddressSealed: Uint8Array | null },
): Promise<boolean> {
  const { numAffectedRows } = await sql`
    with spent as (
      update refresh_tokens set spent_at = ${use.now}
        where session_id = ${family.sessionId} and number = ${family.number} and spent_at is null
        returning session_id, number),
    used as (
      update sessions set last_used_at = ${use.now}, idle_expires_at = ${use.idleExpiresAt},
          network_address_sealed = ${use.networkAddressSealed}
        from spent where sessions.id = spent.session_id)
    insert into refresh_tokens (token_hash, session_id, number, issued_at)
      select ${successor.hash}, session_id, number + 1, ${use.now} from spent`.execute(tx);
  return numAffectedRows === 1n;
}

/** Why a session ended before its time. */
export type SessionEnd =
  | 'signed_out'
  | 'refresh_token_reused'
  | 'ended_by_person'
  | 'passkey_removed'
  | 'account_recovered'
  | 'recovery_undone'
  | 'password_set'
  | 'password_removed'
  | 'totp_confirmed'
  | 'totp_removed'
  | 'identity_unlinked';

/** Ends those sessions of a person that still live and that this is true of. Answers their ids. */
export async function saveSessionsEnded(
  tx: Tx,
  which: { userId: string; sessionId?: string; exceptSessionId?: string; passkeyId?: string },
  now: Date,
  reason: SessionEnd,
): Promise<string[]> {
  let sessions = tx
    .updateTable('sessions')
    .set({ ended_at: now, ended_reason: reason })
    .where('user_id', '=', which.userId)
    .where(livesAt(now));
  if (which.sessionId !== undefined) sessions = sessions.where('id', '=', which.sessionId);
  if (which.exceptSessionId !== undefined) sessions = sessions.where('id', '<>', which.exceptSessionId);
  if (which.passkeyId !== undefined) sessions = sessions.where('passkey_id', '=', which.passkeyId);
  return (await sessions.returning('id').execute()).map(({ id }) => id);
}

/** A session that still lives, as it is stored. */
export interface StoredSession {
  sessionId: string;
  userAgent: string;
  networkAddressSealed: Uint8Array | null;
  createdAt: Date;
  lastUsedAt: Date;
  expiresAt: Date;
  passkeyId: string | null;
}

/** A person's sessions that live at this time, the most recently used first. */
export const findLiveSessions = (
  db: Db,
  userId: string,
  now: Date,
  countMax: number,
): Promise<StoredSession[]> =>
  db
    .selectFrom('sessions')
    .where('user_id', '=', userId)
    .where(livesAt(now))
    .orderBy('last_used_at', 'desc')
    .orderBy('id', 'desc')
    .limit(countMax)
    .select([
      'id as sessionId',
      'user_agent as userAgent',
      'network_address_sealed as networkAddressSealed',
      'created_at as createdAt',
      'last_used_at as lastUsedAt',
      'idle_expires_at as expiresAt',
      'passkey_id as passkeyId',
    ])
    .execute();

/** Which of these sessions live at this time, and whether their people are suspended. */
export async function findLiveStandings(
  db: Db,
  sessionIds: readonly string[],
  now: Date,
): Promise<Map<string, { isSuspended: boolean }>> {
  if (sessionIds.length === 0) return new Map();
  const rows = await db
    .selectFrom('sessions')
    .innerJoin('users', 'users.id', 'sessions.user_id')
    .select(['sessions.id', 'users.suspended_at'])
    .where('sessions.id', 'in', [...new Set(sessionIds)])
    .where(livesAt(now))
    .execute();
  return new Map(rows.map(({ id, suspended_at }) => [id, { isSuspended: suspended_at !== null }]));
}

/** Whether a session lives at this time. Its idle end is never after its absolute one. */
const livesAt = (now: Date) => (row: ExpressionBuilder<Database, 'sessions'>) =>
  row.and([row('sessions.ended_at', 'is', null), row('sessions.idle_expires_at', '>', now)]);
