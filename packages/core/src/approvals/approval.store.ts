import { type Database, type Db, insertionOf, type Tx } from '@errand-dash/db';
import { type CompiledQuery, type Selectable, sql } from 'kysely';
import type { ApprovalState } from './approval.machine.ts';

/** What somebody was asked to sign, as it is stored. */
export interface StoredApproval {
  id: string;
  userId: string;
  sessionId: string;
  action: string;
  state: ApprovalState;
  nonce: Uint8Array;
  challenge: Uint8Array;
  documentSealed: Uint8Array;
  rpId: string;
  origins: readonly string[];
  allowedPasskeyIds: readonly string[];
  /** None where the action takes a passkey alone. */
  allowedDeviceKeyIds: readonly string[];
  createdAt: Date;
  expiresAt: Date;
  consumedAt: Date | null;
  kept: KeptAssertion | KeptDeviceSignature | null;
}

/** The assertion by which an action was signed, with the key that verifies it. */
export interface KeptAssertion {
  means: 'passkey';
  credentialId: Uint8Array;
  /** A COSE_Key. */
  publicKey: Uint8Array;
  clientDataJson: Uint8Array;
  authenticatorData: Uint8Array;
  signature: Uint8Array;
}

/** The signature of a device key, with the 32 bytes that verify it. */
export interface KeptDeviceSignature {
  means: 'device_key';
  deviceKeyId: string;
  publicKey: Uint8Array;
  signature: Uint8Array;
}

export const approvalInsertion = (
  approval: Omit<StoredApproval, 'state' | 'consumedAt' | 'kept'>,
): CompiledQuery =>
  insertionOf('approvals', {
    id: approval.id,
    user_id: approval.userId,
    session_id: approval.sessionId,
    action: approval.action,
    state: 'open',
    nonce: approval.nonce,
    challenge: approval.challenge,
    document_sealed: approval.documentSealed,
    rp_id: approval.rpId,
    origins: approval.origins,
    allowed_passkey_ids: approval.allowedPasskeyIds,
    allowed_device_key_ids: approval.allowedDeviceKeyIds,
    created_at: approval.createdAt,
    expires_at: approval.expiresAt,
    consumed_at: null,
    refused_for: null,
    credential_id: null,
    public_key: null,
    client_data_json: null,
    authenticator_data: null,
    signature: null,
    device_key_id: null,
  });

/** Of several attempts at once one gets it open; the others find it consumed. */
export async function lockApproval(tx: Tx, id: string): Promise<StoredApproval | null> {
  const row = await tx
    .selectFrom('approvals')
    .selectAll()
    .where('id', '=', id)
    .forUpdate()
    .executeTakeFirst();
  return row === undefined ? null : approvalOf(row);
}

export async function findApproval(db: Db, id: string): Promise<StoredApproval | null> {
  const row = await db.selectFrom('approvals').selectAll().where('id', '=', id).executeTakeFirst();
  return row === undefined ? null : approvalOf(row);
}

/** Consumes an approval whose signature was good, and keeps the signature. */
export async function saveAccepted(
  tx: Tx,
  id: string,
  { now, kept }: { now: Date; kept: KeptAssertion | KeptDeviceSignature },
): Promise<void> {
  const { publicKey: public_key, signature } = kept;
  const means =
    kept.means === 'device_key'
      ? { device_key_id: kept.deviceKeyId }
      : {
          credential_id: kept.credentialId,
          client_data_json: kept.clientDataJson,
          authenticator_data: kept.authenticatorData,
        };
  await tx
    .updateTable('approvals')
    .set({ state: 'accepted', consumed_at: now, public_key, signature, ...means })
    .where('id', '=', id)
    .execute();
}

/** Consumes an approval that was tried in vain. */
export async function saveRefused(tx: Tx, id: string, refused: { now: Date; reason: string }): Promise<void> {
  await tx
    .updateTable('approvals')
    .set({ state: 'refused', consumed_at: refused.now, refused_for: refused.reason })
    .where('id', '=', id)
    .execute();
}

/** Deletes approvals that nobody tried and whose time was over at an instant, at most so many. Answers how many. */
export async function deleteUntriedApprovals(tx: Tx, before: Date, limit: number): Promise<number> {
  const past = tx
    .selectFrom('approvals')
    .select('id')
    .where('state', '=', 'open')
    .where('expires_at', '<=', before)
    .orderBy('expires_at')
    .limit(limit);
  const { numDeletedRows } = await tx
    .deleteFrom('approvals')
    .where('id', 'in', past)
    .where('state', '=', 'open')
    .executeTakeFirst();
  return Number(numDeletedRows);
}

/**
 * What the sets of transfers that name an approval moved, but for what came back to its person. Reads all transfers:
 * no index of theirs is for the few that were signed.
 */
export async function findTakenBy(
  db: Db,
  approval: Pick<StoredApproval, 'id' | 'userId'>,
): Promise<{ setIds: string[]; taken: { currency: string; amountMinor: bigint }[] }> {
  const sets = await db
    .selectFrom('transfer_sets')
    .select('id')
    .where('authority_kind', 'in', ['passkey', 'operator'])
    .where('authority_reference', '=', approval.id)
    .orderBy('id')
    .execute();
  const { rows } = await sql<{ currency: string; amount_minor: string }>`
    select transfers.currency, sum(amount_minor)::text as amount_minor
      from transfers
      join accounts on accounts.id = credit_account_id
      where authority_kind in ('passkey', 'operator') and authority_reference = ${approval.id}
        and not (purpose = 'available' and owner_id = ${approval.userId})
      group by transfers.currency`.execute(db);
  return {
    setIds: sets.map(({ id }) => id),
    taken: rows.map((row) => ({ currency: row.currency, amountMinor: BigInt(row.amount_minor) })),
  };
}

function approvalOf(row: Selectable<Database['approvals']>): StoredApproval {
  return {
    id: row.id,
    userId: row.user_id,
    sessionId: row.session_id,
    action: row.action,
    state: row.state as ApprovalState,
    nonce: row.nonce,
    challenge: row.challenge,
    documentSealed: row.document_sealed,
    rpId: row.rp_id,
    origins: row.origins,
    allowedPasskeyIds: row.allowed_passkey_ids,
    allowedDeviceKeyIds: row.allowed_device_key_ids,
    createdAt: row.created_at,
    expiresAt: row.expires_at,
    consumedAt: row.consumed_at,
    kept: keptOf(row),
  };
}

function keptOf(row: Selectable<Database['approvals']>): StoredApproval['kept'] {
  const { public_key: publicKey, signature, device_key_id: deviceKeyId } = row;
  const { credential_id: credentialId, client_data_json, authenticator_data } = row;
  if (!publicKey || !signature) return null;
  if (deviceKeyId) return { means: 'device_key', deviceKeyId, publicKey, signature };
  if (!credentialId || !client_data_json || !authenticator_data) return null;
  return {
    means: 'passkey',
    credentialId,
    publicKey,
    clientDataJson: client_data_json,
    authenticatorData: authenticator_data,
    signature,
  };
}
