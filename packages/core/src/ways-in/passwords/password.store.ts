import type { Db, Tx } from '@errand-dash/db';
import { sql } from 'kysely';
import type { Core } from '../../core.ts';
import { findDataKeys } from '../../find-data-keys.ts';
import { blindIndex, open, type SealedPlace, type SealingKey, seal } from '../../sealing.ts';
import { typedEmailIndex } from '../typed-email.ts';

/** A person as a sign-in by password finds him. */
export interface PasswordPerson {
  userId: string;
  /** A PHC string; null where he has no password. */
  phc: string | null;
}

/** Who is called so: by verified email address where the name holds an @, by handle otherwise. Null: nobody. */
export async function findPersonByName(
  db: Db,
  core: Pick<Core, 'keyring'>,
  name: string,
): Promise<PasswordPerson | null> {
  const emailIndex = typedEmailIndex(core.keyring, name);
  if (emailIndex === null && name.includes('@')) return null;
  const row = await db
    .selectFrom('users')
    .leftJoin('passwords', 'passwords.user_id', 'users.id')
    .where((person) =>
      emailIndex === null
        ? person('handle', '=', name)
        : person.and([person('email_index', '=', emailIndex), person('email_verified_at', 'is not', null)]),
    )
    .select(['users.id as userId', 'hash_sealed as hashSealed'])
    .executeTakeFirst();
  if (row === undefined) return null;
  const { userId, hashSealed } = row;
  const key = hashSealed === null ? undefined : (await findDataKeys(db, core, [userId])).get(userId);
  const phc = hashSealed === null || key === undefined ? null : open([key], placeOf(userId), hashSealed);
  return { userId, phc: phc === null ? null : phc.toString('utf8') };
}

/** Says whether it is the person's first. */
export async function savePassword(
  tx: Tx,
  password: { userId: string; phc: string; key: SealingKey; now: Date },
  random: (bytes: number) => Uint8Array,
): Promise<{ isFirst: boolean }> {
  const { userId, now } = password;
  const isFirst = (await findPasswordSetAt(tx, userId)) === null;
  const given = { hash_sealed: seal(password.key, placeOf(userId), password.phc, random), set_at: now };
  await tx
    .insertInto('passwords')
    .values({ user_id: userId, ...given })
    .onConflict((conflict) => conflict.column('user_id').doUpdateSet(given))
    .execute();
  return { isFirst };
}

/** False when there was none. */
export async function deletePassword(tx: Tx, userId: string): Promise<boolean> {
  const { numDeletedRows } = await tx
    .deleteFrom('passwords')
    .where('user_id', '=', userId)
    .executeTakeFirst();
  return numDeletedRows === 1n;
}

export async function findPasswordSetAt(db: Db, userId: string): Promise<Date | null> {
  const row = await db
    .selectFrom('passwords')
    .where('user_id', '=', userId)
    .select('set_at')
    .executeTakeFirst();
  return row?.set_at ?? null;
}

const placeOf = (userId: string): SealedPlace => ({ table: 'passwords', row: userId, column: 'hash_sealed' });

/** Where tries for a name are counted: at a device from which its person signed in before, or in a network. */
export async function findBucket(
  db: Db,
  core: Pick<Core, 'keyring'>,
  attempt: { name: string; userId: string | null; deviceIdHash: Uint8Array; network: string },
): Promise<Buffer> {
  const { name, userId, deviceIdHash, network } = attempt;
  const known = await db
    .selectFrom('sessions')
    .where('user_id', '=', userId)
    .where('device_id_hash', '=', deviceIdHash)
    .select('id')
    .limit(1)
    .executeTakeFirst();
  const device = Buffer.from(deviceIdHash).toString('hex');
  const place = known === undefined ? ['network', network] : ['device', device];
  // Addresses that are found as one are counted as one; what is none belongs to nobody.
  const whose = typedEmailIndex(core.keyring, name)?.toString('hex') ?? name;
  return blindIndex(core.keyring, 'password_tries.bucket', JSON.stringify([whose, ...place]));
}

/** One more try, in one statement, so that a hundred at once are counted one by one. */
export async function countTry(
  tx: Tx,
  bucket: Uint8Array,
  times: { now: Date; windowEndsAt: Date },
): Promise<{ tries: number; windowEndsAt: Date }> {
  const { now, windowEndsAt } = times;
  const { rows } = await sql<{ tries: number; window_ends_at: Date }>`
    insert into password_tries as past (bucket, tries, window_ends_at) values (${bucket}, 1, ${windowEndsAt})
      on conflict (bucket) do update set
        tries = case when past.window_ends_at <= ${now} then 1 else least(past.tries + 1, 1000000) end,
        window_ends_at = case when past.window_ends_at <= ${now} then ${windowEndsAt}::timestamptz
          else past.window_ends_at end
      returning tries, window_ends_at`.execute(tx);
  const [row] = rows;
  if (row === undefined) throw new Error('a try was not counted');
  return { tries: row.tries, windowEndsAt: row.window_ends_at };
}

/** A right password frees the place where it was tried. */
export async function forgetTries(tx: Tx, bucket: Uint8Array): Promise<void> {
  await tx.deleteFrom('password_tries').where('bucket', '=', bucket).execute();
}
