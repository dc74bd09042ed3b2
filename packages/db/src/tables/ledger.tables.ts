import type { ColumnType } from 'kysely';

/** Written by `post_sets` and `post_transfer` alone. Balance and version are null where nothing guards the account. */
export interface AccountsTable {
  id: ReadOnly<string>;
  purpose: ReadOnly<string>;
  owner_id: ReadOnly<string | null>;
  currency: ReadOnly<string>;
  guarded: ReadOnly<boolean>;
  balance_minor: ReadOnly<bigint | null>;
  version: ReadOnly<bigint | null>;
  opened_at: ReadOnly<Date>;
}

/** A view: each set as one row, by its first transfer. */
export interface TransferSetsView {
  /** The id of the first transfer. */
  id: ReadOnly<string>;
  kind: ReadOnly<string>;
  cause_type: ReadOnly<string>;
  cause_id: ReadOnly<string>;
  authority_kind: ReadOnly<string>;
  authority_reference: ReadOnly<string>;
  authority_detail: ReadOnly<string | null>;
  provider_reference: ReadOnly<string | null>;
  reverses_set_id: ReadOnly<string | null>;
  /** In the order of the set. */
  transfer_ids: ReadOnly<string[]>;
  posted_at: ReadOnly<Date>;
}

/** A transfer with what its set says: kind, cause, authority and time are the same on all transfers of a set. */
export interface TransfersTable {
  id: ReadOnly<string>;
  /** The id of the first transfer of its set, which of the first is its own. */
  set_id: ReadOnly<string>;
  /** Its place in the set, from 1, and how many transfers the set has. */
  leg: ReadOnly<number>;
  legs: ReadOnly<number>;
  kind: ReadOnly<string>;
  cause_type: ReadOnly<string>;
  cause_id: ReadOnly<string>;
  authority_kind: ReadOnly<string>;
  authority_reference: ReadOnly<string>;
  authority_detail: ReadOnly<string | null>;
  /** On the first transfer of the set alone. */
  provider_reference: ReadOnly<string | null>;
  /** On the first transfer of the set alone: the set that it takes back. */
  reverses_set_id: ReadOnly<string | null>;
  debit_account_id: ReadOnly<string>;
  credit_account_id: ReadOnly<string>;
  amount_minor: ReadOnly<bigint>;
  currency: ReadOnly<string>;
  /** What a guarded account had after this transfer, and the number of this transfer among its own. */
  debit_balance_minor: ReadOnly<bigint | null>;
  debit_version: ReadOnly<bigint | null>;
  credit_balance_minor: ReadOnly<bigint | null>;
  credit_version: ReadOnly<bigint | null>;
  /** The writing transaction, so that a fold or a seal takes only what none that still runs can precede. */
  transaction_id: ReadOnly<string>;
  posted_at: ReadOnly<Date>;
}

export interface AccountPurposesTable {
  purpose: ReadOnly<string>;
  guarded: ReadOnly<boolean>;
  has_owner: ReadOnly<boolean>;
}

/** A view: the balance of every account as anybody reads it, stored or summed. */
export interface AccountBalancesView {
  id: ReadOnly<string>;
  purpose: ReadOnly<string>;
  owner_id: ReadOnly<string | null>;
  currency: ReadOnly<string>;
  guarded: ReadOnly<boolean>;
  /** A numeric: a text in JavaScript. */
  balance_minor: ReadOnly<string>;
}

/** How much of a limit was used on a calendar day in Lagos. Moved by `post_sets` alone. */
export interface LimitCountersTable {
  limit_name: ReadOnly<string>;
  owner_id: ReadOnly<string>;
  currency: ReadOnly<string>;
  /** As in `2026-03-01`. */
  day: ReadOnly<string>;
  used_minor: ReadOnly<bigint>;
}

/** What one set counted against one limit. */
export interface LimitCountsTable {
  set_id: ReadOnly<string>;
  limit_name: ReadOnly<string>;
  owner_id: ReadOnly<string>;
  currency: ReadOnly<string>;
  day: ReadOnly<string>;
  amount_minor: ReadOnly<bigint>;
}

/** What a set says that no other may say, so that it is found by it: of all transfers few have one. */
export interface SetReferencesTable {
  kind: ReadOnly<'provider_reference' | 'reversed_set'>;
  reference: ReadOnly<string>;
  set_id: ReadOnly<string>;
}

type ReadOnly<T> = ColumnType<T, never, never>;

export interface LedgerTables {
  account_purposes: AccountPurposesTable;
  accounts: AccountsTable;
  account_balances: AccountBalancesView;
  transfer_sets: TransferSetsView;
  transfers: TransfersTable;
  set_references: SetReferencesTable;
  limit_counters: LimitCountersTable;
  limit_counts: LimitCountsTable;
}
