import type { ColumnType, Generated } from 'kysely';

/** The time that a virtual clock is ahead of the real one. One row. */
export interface ClockOffsetTable {
  id: Generated<number>;
  offset_milliseconds: bigint;
  is_virtual: boolean;
}

export interface UsersTable {
  id: string;
  handle: string;
  display_name: string;
  phone_sealed: Uint8Array | null;
  phone_index: Uint8Array | null;
  phone_verified_at: Date | null;
  email_sealed: Uint8Array | null;
  email_index: Uint8Array | null;
  email_verified_at: Date | null;
  /** Before this instant no money of his leaves; null where nothing holds it. */
  money_out_from: Date | null;
  /** Since when that has been so without a break. */
  cooling_since: Generated<Date | null>;
  /** From when the age of his phone and email address is counted at the earliest; null where nothing was undone. */
  contacts_count_from: Generated<Date | null>;
  suspended_at: Date | null;
  created_at: Date;
}

export interface UserRolesTable {
  user_id: string;
  role: string;
  granted_at: Date;
  /** The operator who granted it. Null: the person himself, or somebody on the server. */
  granted_by: string | null;
  reason: string | null;
}

/** A person's data key, wrapped by the key encryption key `wrapping_key_id`. Without it what it sealed is gone. */
export interface UserDataKeysTable {
  user_id: string;
  wrapped_key: Uint8Array;
  wrapping_key_id: string;
  created_at: Date;
}

export interface SessionsTable {
  id: string;
  user_id: string;
  passkey_id: string | null;
  device_id_hash: Uint8Array;
  user_agent: string;
  created_at: Date;
  last_used_at: Date;
  idle_expires_at: Date;
  absolute_expires_at: Date;
  ended_at: Date | null;
  ended_reason: string | null;
  /** From where it was used last, sealed with the person's data key; null where that is not known. */
  network_address_sealed: Generated<Uint8Array | null>;
  /** When the hashes of its refresh tokens were deleted, after it was over. */
  tokens_pruned_at: Generated<Date | null>;
}

/** The effect of a command under its key: the hash of its input and its answer, sealed. */
export interface CommandsTable {
  actor: string;
  command: string;
  key: string;
  input_hash: Uint8Array;
  answer_sealed: Uint8Array;
  created_at: Date;
  /** Null: kept for ever, because the command moved money. */
  kept_until: Date | null;
}

export interface EventsTable {
  id: string;
  name: string;
  subject_type: string;
  subject_id: string;
  actor_kind: string;
  actor_id: string | null;
  /** Who is told, as user ids. */
  audience: string[];
  /** Ids, states and amounts only; nothing personal. */
  data: unknown;
  occurred_at: Date;
  /** The writing transaction, so that a reader can stay below the oldest one that still runs. */
  transaction_id: ColumnType<string, never, never>;
}

export interface FoundationTables {
  clock_offset: ClockOffsetTable;
  users: UsersTable;
  user_roles: UserRolesTable;
  user_data_keys: UserDataKeysTable;
  sessions: SessionsTable;
  commands: CommandsTable;
  events: EventsTable;
}
