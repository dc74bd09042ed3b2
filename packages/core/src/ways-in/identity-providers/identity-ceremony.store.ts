import type { Tx } from '@errand-dash/db';

/** A person at his identity provider, or back from there with no account yet. */
export interface IdentityCeremony {
  id: string;
  purpose: 'sign_in' | 'link' | 'sign_up';
  provider: string;
  /** Null for a sign-up. */
  redirectUrl: string | null;
  secretsSealed: Uint8Array | null;
  /** Of a sign-up alone. */
  subjectIndex: Uint8Array | null;
  /** Null for a link. */
  deviceIdHash: Uint8Array | null;
  /** Of a link alone. */
  sessionId: string | null;
  createdAt: Date;
  expiresAt: Date;
}

export async function saveIdentityCeremony(tx: Tx, ceremony: IdentityCeremony): Promise<void> {
  await tx
    .insertInto('identity_ceremonies')
    .values({
      id: ceremony.id,
      purpose: ceremony.purpose,
      provider: ceremony.provider,
      redirect_url: ceremony.redirectUrl,
      secrets_sealed: ceremony.secretsSealed,
      subject_index: ceremony.subjectIndex,
      device_id_hash: ceremony.deviceIdHash,
      session_id: ceremony.sessionId,
      created_at: ceremony.createdAt,
      expires_at: ceremony.expiresAt,
      consumed_at: null,
    })
    .execute();
}

/**
 * Takes a ceremony of this device or this session out of use, whatever becomes of the attempt: of several at once one
 * gets it. Null when there is none of this purpose, or it was consumed. It may have expired.
 */
export async function consumeIdentityCeremony(
  tx: Tx,
  which: { id: string; purpose: IdentityCeremony['purpose']; owner: CeremonyOwner },
  now: Date,
): Promise<IdentityCeremony | null> {
  const open = tx
    .updateTable('identity_ceremonies')
    .set({ consumed_at: now })
    .where('id', '=', which.id)
    .where('purpose', '=', which.purpose)
    .where('consumed_at', 'is', null);
  const { owner } = which;
  const own =
    'sessionId' in owner
      ? open.where('session_id', '=', owner.sessionId)
      : open.where('device_id_hash', '=', owner.deviceIdHash);
  const row = await own
    .returning([
      'id',
      'purpose',
      'provider',
      'redirect_url as redirectUrl',
      'secrets_sealed as secretsSealed',
      'subject_index as subjectIndex',
      'device_id_hash as deviceIdHash',
      'session_id as sessionId',
      'created_at as createdAt',
      'expires_at as expiresAt',
    ])
    .executeTakeFirst();
  return row ?? null;
}

/** Whose a ceremony is: nobody else consumes it. */
export type CeremonyOwner = { deviceIdHash: Uint8Array } | { sessionId: string };
