import type { Db, Tx } from '@errand-dash/db';

export type SecondFactorPurpose = 'password' | 'identity' | 'totp_removal';

/** What asks a person for his second factor. */
export interface StoredChallenge {
  id: string;
  userId: string;
  purpose: SecondFactorPurpose;
  deviceIdHash: Uint8Array | null;
  triesLeft: number;
  createdAt: Date;
  expiresAt: Date;
  consumedAt: Date | null;
}

export async function saveChallenge(
  tx: Tx,
  challenge: StoredChallenge & { wrongTries?: number },
): Promise<void> {
  await tx
    .insertInto('second_factor_challenges')
    .values({
      id: challenge.id,
      user_id: challenge.userId,
      purpose: challenge.purpose,
      device_id_hash: challenge.deviceIdHash,
      tries_left: challenge.triesLeft,
      wrong_tries: challenge.wrongTries ?? 0,
      created_at: challenge.createdAt,
      expires_at: challenge.expiresAt,
      consumed_at: challenge.consumedAt,
    })
    .execute();
}

/** Whose challenge it is, which never changes; or null. */
export async function findChallengeUser(db: Db, id: string): Promise<string | null> {
  const row = await db
    .selectFrom('second_factor_challenges')
    .where('id', '=', id)
    .select('user_id')
    .executeTakeFirst();
  return row?.user_id ?? null;
}

/** Locked until the end, so that attempts at once are counted one by one. */
export async function lockChallenge(tx: Tx, id: string): Promise<StoredChallenge | null> {
  const row = await tx
    .selectFrom('second_factor_challenges')
    .where('id', '=', id)
    .select([
      'id',
      'user_id as userId',
      'purpose',
      'device_id_hash as deviceIdHash',
      'tries_left as triesLeft',
      'created_at as createdAt',
      'expires_at as expiresAt',
      'consumed_at as consumedAt',
    ])
    .forUpdate()
    .executeTakeFirst();
  return row ?? null;
}

export async function countWrongTry(tx: Tx, id: string): Promise<void> {
  await tx
    .updateTable('second_factor_challenges')
    .set((row) => ({ tries_left: row('tries_left', '-', 1), wrong_tries: row('wrong_tries', '+', 1) }))
    .where('id', '=', id)
    .execute();
}

export async function consumeChallenge(tx: Tx, id: string, now: Date): Promise<void> {
  await tx.updateTable('second_factor_challenges').set({ consumed_at: now }).where('id', '=', id).execute();
}

/** What was begun by a first step that is of no use any more leads nowhere. */
export async function consumeOpenChallenges(
  tx: Tx,
  userId: string,
  purpose: SecondFactorPurpose,
  now: Date,
): Promise<void> {
  await tx
    .updateTable('second_factor_challenges')
    .set({ consumed_at: now })
    .where('user_id', '=', userId)
    .where('purpose', '=', purpose)
    .where('consumed_at', 'is', null)
    .execute();
}

/** How many wrong codes a person's challenges of this purpose got since then, and when the oldest of those began. */
export async function countWrongTries(
  db: Db,
  userId: string,
  purpose: SecondFactorPurpose,
  since: Date,
): Promise<{ wrongTries: number; oldestAt: Date | null }> {
  const row = await db
    .selectFrom('second_factor_challenges')
    .where('user_id', '=', userId)
    .where('purpose', '=', purpose)
    .where('created_at', '>', since)
    .where('wrong_tries', '>', 0)
    .select(({ fn }) => [fn.sum<bigint | null>('wrong_tries').as('tries'), fn.min('created_at').as('oldest')])
    .executeTakeFirstOrThrow();
  return { wrongTries: Number(row.tries ?? 0), oldestAt: row.oldest };
}
