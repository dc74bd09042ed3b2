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

/** A challenge, for whom and for what. Any attempt consumes it. */
export interface AuthCeremoniesTable {
  id: string;
  purpose: 'registration' | 'sign_in' | 'add_passkey';
  challenge: Uint8Array;
  /** Of a registration: the id that the person will have. Of a sign-in by handle: whose passkeys are asked for. */
  user_id: string | null;
  session_id: string | null;
  handle: string | null;
  display_name: string | null;
  /** Null: any passkey, as for a sign-in without a handle. */
  allowed_passkey_ids: readonly string[] | null;
  created_at: Date;
  expires_at: Date;
  consumed_at: Date | null;
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
  auth_ceremonies: AuthCeremoniesTable;
  refresh_tokens: RefreshTokensTable;
  verifications: VerificationsTable;
}
