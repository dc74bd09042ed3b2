import type { Generated } from 'kysely';

export interface PasskeysTable {
  id: string;
  user_id: string;
  credential_id: Uint8Array;
  /** A COSE_Key. */
  public_key: Uint8Array;
  /** By its number in the IANA registry of COSE. */
  algorithm: number;
  counter: bigint;
  is_backup_eligible: boolean;
  is_backed_up: boolean;
  transports: readonly string[];
  name: string;
  created_at: Date;
  last_used_at: Date | null;
  /** From then on it signs nothing in and nothing off. */
  removed_at: Generated<Date | null>;
}

/** A ceremony that was answered, rightly or not. It is good for no other answer. */
export interface SpentCeremoniesTable {
  id: string;
  expires_at: Date;
}

/** The hashes of a session's refresh tokens, numbered from 1. */
export interface RefreshTokensTable {
  token_hash: Uint8Array;
  session_id: string;
  number: number;
  issued_at: Date;
  spent_at: Date | null;
}

/** A one-time code that was sent to a target, kept as a keyed hash. */
export interface VerificationsTable {
  id: string;
  user_id: string;
  purpose: 'verify_phone' | 'verify_email';
  target_sealed: Uint8Array;
  target_index: Uint8Array;
  code_hash: Uint8Array;
  tries_left: number;
  created_at: Date;
  expires_at: Date;
  /** When it was confirmed, or a newer one took its place. */
  spent_at: Date | null;
}

export interface AuthTables {
  passkeys: PasskeysTable;
  spent_ceremonies: SpentCeremoniesTable;
  refresh_tokens: RefreshTokensTable;
  verifications: VerificationsTable;
}
