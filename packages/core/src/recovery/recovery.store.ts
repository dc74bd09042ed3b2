import type { Db, Tx } from '@errand-dash/db';
import { type DuePage, type DueRow, isBeyond } from '../due-row.ts';
import type { Recovery } from './recovery.rules.ts';

export async function insertRecovery(tx: Tx, recovery: Recovery): Promise<void> {
  await tx
    .insertInto('recoveries')
    .values({
      id: recovery.id,
      user_id: recovery.userId,
      created_at: recovery.createdAt,
      expires_at: recovery.expiresAt,
      ...changeable(recovery),
    })
    .execute();
}

export async function saveRecovery(tx: Tx, recovery: Recovery): Promise<void> {
  await tx.updateTable('recoveries').set(changeable(recovery)).where('id', '=', recovery.id).execute();
}

const changeable = (recovery: Recovery) => ({
  state: recovery.state,
  tries_left: recovery.triesLeft,
  codes_asked_at: recovery.codesAskedAt,
  codes_made_at: recovery.codesMadeAt,
  asker_hash: recovery.askerHash === null ? null : Buffer.from(recovery.askerHash),
  email_code_hash: recovery.emailCodeHash,
  phone_code_hash: recovery.phoneCodeHash,
  codes_expire_at: recovery.codesExpireAt,
  factor: recovery.factor,
  factor_hash: recovery.factorHash,
  challenge: recovery.challenge,
  challenge_expires_at: recovery.challengeExpiresAt,
  passkey_id: recovery.passkeyId,
  ended_at: recovery.endedAt,
});

const columns = [
  'id',
  'user_id as userId',
  'state',
  'tries_left as triesLeft',
  'codes_asked_at as codesAskedAt',
  'codes_made_at as codesMadeAt',
  'asker_hash as askerHash',
  'email_code_hash as emailCodeHash',
  'phone_code_hash as phoneCodeHash',
  'codes_expire_at as codesExpireAt',
  'factor',
  'factor_hash as factorHash',
  'challenge',
  'challenge_expires_at as challengeExpiresAt',
  'passkey_id as passkeyId',
  'created_at as createdAt',
  'expires_at as expiresAt',
  'ended_at as endedAt',
] as const;

/** A recovery, locked until the end, so that proofs at once are counted one by one. */
export async function lockRecovery(tx: Tx, id: string): Promise<Recovery | null> {
  const row = await tx
    .selectFrom('recoveries')
    .where('id', '=', id)
    .select(columns)
    .forUpdate()
    .executeTakeFirst();
  return row ?? null;
}

/** Whose recovery it is, which never changes; null where it is nobody's or there is none. */
export async function findRecoveryUser(db: Db, id: string): Promise<string | null> {
  const row = await db.selectFrom('recoveries').where('id', '=', id).select('user_id').executeTakeFirst();
  return row?.user_id ?? null;
}

/** The person of this name, unless he is suspended: he may not come back by this door. */
export async function findRecoverable(db: Db, handle: string): Promise<string | null> {
  const row = await db
    .selectFrom('users')
    .where('handle', '=', handle)
    .select(['id', 'suspended_at'])
    .executeTakeFirst();
  return row === undefined || row.suspended_at !== null ? null : row.id;
}

/** A person who comes back, as his new passkey names him; null where he is suspended by now. */
export async function findRecovering(
  db: Db,
  userId: string,
): Promise<{ userId: string; handle: string; displayName: string } | null> {
  const row = await db
    .selectFrom('users')
    .where('id', '=', userId)
    .where('suspended_at', 'is', null)
    .select(['id as userId', 'handle', 'display_name as displayName'])
    .executeTakeFirst();
  return row ?? null;
}

/** What a person's verified phone and email address are found by. */
export async function findContactIndexes(
  db: Db,
  userId: string,
): Promise<{ phone: Uint8Array | null; email: Uint8Array | null }> {
  const row = await db
    .selectFrom('users')
    .where('id', '=', userId)
    .select(['phone_index as phone', 'email_index as email'])
    .executeTakeFirst();
  return row ?? { phone: null, email: null };
}

/** Ends the open recoveries of a person, or those that this factor proved. Whoever is still to come back begins anew. */
export async function endOpenRecoveries(
  tx: Tx,
  userId: string,
  now: Date,
  factor?: NonNullable<Recovery['factor']>,
): Promise<void> {
  let open = tx
    .updateTable('recoveries')
    .set({ state: 'ended', ended_at: now, challenge: null, challenge_expires_at: null })
    .where('user_id', '=', userId)
    .where('state', 'in', ['open', 'proven']);
  if (factor !== undefined) open = open.where('factor', '=', factor);
  await open.execute();
}

/** The recoveries that brought a person back from an instant on, locked until the end. */
export const lockFinishedRecoveries = (tx: Tx, userId: string, since: Date): Promise<Recovery[]> =>
  finishedRecoveries(tx, userId, since).forUpdate().execute();

export const findFinishedRecoveries = (db: Db, userId: string, since: Date): Promise<Recovery[]> =>
  finishedRecoveries(db, userId, since).execute();

const finishedRecoveries = (db: Db, userId: string, since: Date) =>
  db
    .selectFrom('recoveries')
    .where('user_id', '=', userId)
    .where('state', '=', 'finished')
    .where('ended_at', '>=', since)
    .orderBy('id')
    .select(columns);

/** Whether a recovery brought somebody back from an instant on, undone or not. */
export async function wasRecovered(db: Db, userId: string, since: Date): Promise<boolean> {
  const row = await db
    .selectFrom('recoveries')
    .where('user_id', '=', userId)
    .where('passkey_id', 'is not', null)
    .where('ended_at', '>=', since)
    .select('id')
    .limit(1)
    .executeTakeFirst();
  return row !== undefined;
}

/** When the passkey was made by which a session began; null where it began otherwise. */
export async function findSessionPasskeyAge(db: Db, sessionId: string): Promise<Date | null> {
  const row = await db
    .selectFrom('sessions')
    .innerJoin('passkeys', 'passkeys.id', 'sessions.passkey_id')
    .where('sessions.id', '=', sessionId)
    .select('passkeys.created_at')
    .executeTakeFirst();
  return row?.created_at ?? null;
}

/** Removes the passkeys that a person got since an instant. Answers how many. */
export async function removePasskeysSince(tx: Tx, userId: string, since: Date, now: Date): Promise<number> {
  const { numUpdatedRows } = await tx
    .updateTable('passkeys')
    .set({ removed_at: now })
    .where('user_id', '=', userId)
    .where('created_at', '>=', since)
    .where('removed_at', 'is', null)
    .executeTakeFirst();
  return Number(numUpdatedRows);
}

/**
 * Removes the passkeys that a person got since an instant without a signature and without a recovery, which is his first
 * one. Answers how many.
 */
export async function removeUnprovenPasskeys(
  tx: Tx,
  userId: string,
  { since, now }: { since: Date; now: Date },
): Promise<number> {
  const recovered = tx
    .selectFrom('recoveries')
    .where('user_id', '=', userId)
    .where('passkey_id', 'is not', null)
    .select('passkey_id');
  const { numUpdatedRows } = await tx
    .updateTable('passkeys')
    .set({ removed_at: now })
    .where('user_id', '=', userId)
    .where('created_at', '>=', since)
    .where('removed_at', 'is', null)
    .where('id', 'not in', recovered)
    .executeTakeFirst();
  return Number(numUpdatedRows);
}

/** The recoveries for which codes were asked that nobody has made. */
export async function dueForCodes(db: Db, { limit, after }: DuePage): Promise<DueRow[]> {
  const rows = await db
    .selectFrom('recoveries')
    .where('codes_asked_at', 'is not', null)
    .where('codes_made_at', 'is', null)
    .where(({ ref }) => isBeyond(ref('codes_asked_at'), after))
    .orderBy('codes_asked_at')
    .orderBy('id')
    .limit(limit)
    .select(['id', 'codes_asked_at as at'])
    .execute();
  return rows.flatMap(({ id, at }) => (at === null ? [] : [{ id, at }]));
}

/** How often codes were sent for a person since an instant, to who asked from this network and to all. */
export async function countCodesSent(
  db: Db,
  { userId, askerHash }: { userId: string; askerHash: Uint8Array | null },
  since: Date,
): Promise<{ toAsker: number; toAll: number }> {
  const rows = await db
    .selectFrom('recoveries')
    .where('user_id', '=', userId)
    .where('email_code_hash', 'is not', null)
    .where('codes_made_at', '>', since)
    .select('asker_hash')
    .execute();
  const isAskers = (hash: Uint8Array | null): boolean =>
    hash !== null && askerHash !== null && Buffer.from(hash).equals(askerHash);
  return { toAsker: rows.filter((row) => isAskers(row.asker_hash)).length, toAll: rows.length };
}

/** Forgets recoveries that came to nothing before an instant, at most so many. Answers how many. */
export async function deletePastRecoveries(tx: Tx, before: Date, limit: number): Promise<number> {
  const past = tx
    .selectFrom('recoveries')
    .select('id')
    .where('passkey_id', 'is', null)
    .where('expires_at', '<=', before)
    .orderBy('expires_at')
    .limit(limit);
  const deleted = await tx.deleteFrom('recoveries').where('id', 'in', past).executeTakeFirst();
  return Number(deleted.numDeletedRows);
}
