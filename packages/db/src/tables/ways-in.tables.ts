import type { Generated } from 'kysely';

/** An Argon2id hash, sealed with the person's data key. */
export interface PasswordsTable {
  user_id: string;
  hash_sealed: Uint8Array;
  set_at: Date;
}

/** How often a password was tried for one name from one place. */
export interface PasswordTriesTable {
  bucket: Uint8Array;
  tries: number;
  window_ends_at: Date;
}

/** A secret that an authenticator app shares with us. One that is not confirmed is of no use yet. */
export interface TotpFactorsTable {
  user_id: string;
  id: string;
  secret_sealed: Uint8Array;
  begun_at: Date;
  confirmed_at: Date | null;
  /** The newest step of time whose code was taken. */
  last_step: bigint | null;
  /** By how many wrong codes it was to be confirmed. */
  wrong_tries: Generated<number>;
}

/** What asks a person for his second factor. */
export interface SecondFactorChallengesTable {
  id: string;
  user_id: string;
  purpose: 'password' | 'identity' | 'totp_removal';
  device_id_hash: Uint8Array | null;
  tries_left: number;
  wrong_tries: Generated<number>;
  created_at: Date;
  expires_at: Date;
  consumed_at: Date | null;
}

/** Who somebody is at an identity provider, as a blind index. */
export interface IdentitiesTable {
  id: string;
  user_id: string;
  provider: string;
  subject_index: Uint8Array;
  linked_at: Date;
  last_used_at: Date;
}

/** A person who is at his identity provider, or who came back from there and has no account yet. */
export interface IdentityCeremoniesTable {
  id: string;
  purpose: 'sign_in' | 'link' | 'sign_up';
  provider: string;
  redirect_url: string | null;
  secrets_sealed: Uint8Array | null;
  subject_index: Uint8Array | null;
  device_id_hash: Uint8Array | null;
  session_id: string | null;
  created_at: Date;
  expires_at: Date;
  consumed_at: Date | null;
}

export interface WaysInTables {
  passwords: PasswordsTable;
  password_tries: PasswordTriesTable;
  totp_factors: TotpFactorsTable;
  second_factor_challenges: SecondFactorChallengesTable;
  identities: IdentitiesTable;
  identity_ceremonies: IdentityCeremoniesTable;
}
