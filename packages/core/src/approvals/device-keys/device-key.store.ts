import type { Database, Db, Tx } from '@errand-dash/db';
import type { Selectable } from 'kysely';

/** An Ed25519 key of a console or a service, enrolled by its person. */
export interface DeviceKey {
  id: string;
  userId: string;
  name: string;
  publicKey: Uint8Array;
  createdAt: Date;
  lastUsedAt: Date | null;
  revokedAt: Date | null;
}

/** Enrols a key. False when this person had it enrolled before, revoked or not. */
export async function insertDeviceKey(
  tx: Tx,
  key: Omit<DeviceKey, 'lastUsedAt' | 'revokedAt'> & { approvalId: string },
): Promise<boolean> {
  const { numInsertedOrUpdatedRows } = await tx
    .insertInto('device_keys')
    .values({
      id: key.id,
      user_id: key.userId,
      approval_id: key.approvalId,
      name: key.name,
      public_key: key.publicKey,
      created_at: key.createdAt,
      last_used_at: null,
      revoked_at: null,
      revoked_by_approval_id: null,
    })
    .onConflict((conflict) => conflict.constraint('device_keys_enrolled_once').doNothing())
    .executeTakeFirst();
  return numInsertedOrUpdatedRows === 1n;
}

/** Of a use and a revocation at once the later waits for the earlier. */
export async function lockDeviceKey(tx: Tx, id: string): Promise<DeviceKey | null> {
  const row = await tx
    .selectFrom('device_keys')
    .selectAll()
    .where('id', '=', id)
    .forUpdate()
    .executeTakeFirst();
  return row === undefined ? null : deviceKeyOf(row);
}

export async function findDeviceKey(db: Db, id: string): Promise<DeviceKey | null> {
  const row = await db.selectFrom('device_keys').selectAll().where('id', '=', id).executeTakeFirst();
  return row === undefined ? null : deviceKeyOf(row);
}

/** All of a person's, those that were revoked too, oldest first. */
export async function findDeviceKeys(db: Db, userId: string): Promise<DeviceKey[]> {
  const rows = await db
    .selectFrom('device_keys')
    .selectAll()
    .where('user_id', '=', userId)
    .orderBy('id')
    .execute();
  return rows.map(deviceKeyOf);
}

/** Those of a person's that can sign. */
export async function findLiveDeviceKeyIds(db: Db, userId: string): Promise<string[]> {
  const keys = await findDeviceKeys(db, userId);
  return keys.filter(({ revokedAt }) => revokedAt === null).map(({ id }) => id);
}

export async function saveDeviceKeyUsed(tx: Tx, id: string, now: Date): Promise<void> {
  await tx.updateTable('device_keys').set({ last_used_at: now }).where('id', '=', id).execute();
}

export async function saveDeviceKeyRevoked(
  tx: Tx,
  id: string,
  revoked: { now: Date; approvalId: string },
): Promise<void> {
  await tx
    .updateTable('device_keys')
    .set({ revoked_at: revoked.now, revoked_by_approval_id: revoked.approvalId })
    .where('id', '=', id)
    .execute();
}

/** The keys that an approval enrolled or revoked: one or none. */
export async function findDeviceKeyByApproval(db: Db, approvalId: string): Promise<DeviceKey | null> {
  const row = await db
    .selectFrom('device_keys')
    .selectAll()
    .where((key) =>
      key.or([key('approval_id', '=', approvalId), key('revoked_by_approval_id', '=', approvalId)]),
    )
    .executeTakeFirst();
  return row === undefined ? null : deviceKeyOf(row);
}

const deviceKeyOf = (row: Selectable<Database['device_keys']>): DeviceKey => ({
  id: row.id,
  userId: row.user_id,
  name: row.name,
  publicKey: row.public_key,
  createdAt: row.created_at,
  lastUsedAt: row.last_used_at,
  revokedAt: row.revoked_at,
});
