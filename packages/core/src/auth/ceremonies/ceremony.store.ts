import { insertionOf, type Tx } from '@errand-dash/db';
import type { CompiledQuery } from 'kysely';

/** A challenge, for whom and for what. */
export interface Ceremony {
  id: string;
  purpose: 'registration' | 'sign_in' | 'add_passkey';
  challenge: Uint8Array;
  userId: string | null;
  sessionId: string | null;
  handle: string | null;
  displayName: string | null;
  /** Null: any passkey may answer. */
  allowedPasskeyIds: readonly string[] | null;
  createdAt: Date;
  expiresAt: Date;
}

export const CHALLENGE_BYTES = 32;

export const ceremonyInsertion = (ceremony: Ceremony): CompiledQuery =>
  insertionOf('auth_ceremonies', {
    id: ceremony.id,
    purpose: ceremony.purpose,
    challenge: ceremony.challenge,
    user_id: ceremony.userId,
    session_id: ceremony.sessionId,
    handle: ceremony.handle,
    display_name: ceremony.displayName,
    allowed_passkey_ids: ceremony.allowedPasskeyIds,
    created_at: ceremony.createdAt,
    expires_at: ceremony.expiresAt,
    consumed_at: null,
  });

/**
 * Takes a ceremony out of use, whatever becomes of the attempt: of several at once one gets it. Null when there is
 * none of this purpose, and of this person and session where they are given, or it was consumed. It may have expired.
 */
export async function consumeCeremony(
  tx: Tx,
  which: Pick<Ceremony, 'id' | 'purpose'> & { owner?: { userId: string; sessionId: string } },
  now: Date,
): Promise<Ceremony | null> {
  let open = tx
    .updateTable('auth_ceremonies')
    .set({ consumed_at: now })
    .where('id', '=', which.id)
    .where('purpose', '=', which.purpose)
    .where('consumed_at', 'is', null);
  if (which.owner !== undefined) {
    const { userId, sessionId } = which.owner;
    open = open.where('user_id', '=', userId).where('session_id', '=', sessionId);
  }
  const row = await open
    .returning([
      'id',
      'purpose',
      'challenge',
      'user_id as userId',
      'session_id as sessionId',
      'handle',
      'display_name as displayName',
      'allowed_passkey_ids as allowedPasskeyIds',
      'created_at as createdAt',
      'expires_at as expiresAt',
    ])
    .executeTakeFirst();
  return row ?? null;
}
