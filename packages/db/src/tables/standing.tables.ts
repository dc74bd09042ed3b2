import type { ColumnType } from 'kysely';

/** An Ed25519 key of a console or a service, by which its person signs what a passkey cannot be asked for. */
export interface DeviceKeysTable {
  id: string;
  user_id: string;
  /** The passkey's signature by which it was enrolled. */
  approval_id: string;
  name: string;
  /** 32 bytes (RFC 8032). */
  public_key: Uint8Array;
  created_at: Date;
  last_used_at: Date | null;
  revoked_at: Date | null;
  revoked_by_approval_id: string | null;
}

/** What a person moved without a signature. Written by `write_unsigned_act` alone. */
export interface UnsignedActsTable {
  id: ColumnType<string, never, never>;
  user_id: ColumnType<string, never, never>;
  action: ColumnType<string, never, never>;
  currency: ColumnType<string, never, never>;
  amount_minor: ColumnType<bigint, never, never>;
  acted_at: ColumnType<Date, never, never>;
}

/** A change of what a person may do: a role granted or revoked, the account suspended or reinstated. Never altered. */
export interface StandingChangesTable {
  id: string;
  user_id: string;
  change: 'granted' | 'revoked' | 'suspended' | 'reinstated';
  role: string | null;
  by_kind: 'self' | 'operator' | 'server';
  by_user_id: string | null;
  /** The operator's signature. */
  approval_id: string | null;
  reason: string | null;
  changed_at: Date;
}

export interface StandingTables {
  device_keys: DeviceKeysTable;
  unsigned_acts: UnsignedActsTable;
  standing_changes: StandingChangesTable;
}
