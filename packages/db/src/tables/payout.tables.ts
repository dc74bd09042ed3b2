import type { ColumnType } from 'kysely';

/** What a person was asked to sign, and the signature by which he did: a passkey's assertion, or a device key's. */
export interface ApprovalsTable {
  id: string;
  user_id: string;
  session_id: string;
  action: string;
  state: string;
  nonce: Uint8Array;
  /** SHA-256 of the document's canonical JSON. */
  challenge: Uint8Array;
  /** The document, sealed under the person's data key: it names bank accounts. */
  document_sealed: Uint8Array;
  /** Where the passkey had to be used, as it was configured then. */
  rp_id: string;
  origins: readonly string[];
  allowed_passkey_ids: readonly string[];
  /** The device keys that may sign it instead. */
  allowed_device_key_ids: ColumnType<readonly string[], readonly string[] | undefined, never>;
  created_at: Date;
  expires_at: Date;
  /** When it was tried. It can be tried once. */
  consumed_at: Date | null;
  refused_for: string | null;
  credential_id: Uint8Array | null;
  /** The one that answered. */
  device_key_id: string | null;
  /** As it was then: a COSE_Key, or the 32 bytes of a device key. */
  public_key: Uint8Array | null;
  client_data_json: Uint8Array | null;
  authenticator_data: Uint8Array | null;
  signature: Uint8Array | null;
}

/** A bank account of a person's own. Number and name are sealed under his data key. */
export interface PayoutAccountsTable {
  id: string;
  user_id: string;
  approval_id: string;
  state: string;
  currency: string;
  provider: string;
  bank_code: string;
  bank_name: string | null;
  account_number_sealed: Uint8Array;
  /** Bank and number, so that a person's own account is found again. */
  account_number_index: Uint8Array;
  account_last_four: string;
  account_name_sealed: Uint8Array | null;
  /** The provider's name for it. */
  recipient_code: string | null;
  created_at: Date;
  usable_at: Date;
  ended_at: Date | null;
  /** When the worker asks the provider next. Null: not any more. */
  next_check_at: Date | null;
  checks_made: number;
  /** Until then somebody is asking the provider. */
  leased_until: Date | null;
  reason: string | null;
}

/** Money that a person takes out. The reference is ours, and names the transfer at the provider for ever. */
export interface WithdrawalsTable {
  id: string;
  user_id: string;
  payout_account_id: string;
  approval_id: string;
  state: string;
  currency: string;
  amount_minor: bigint;
  provider: string;
  reference: string;
  /** Whom the provider pays, as it was when it was asked for. */
  recipient_code: string;
  requested_at: Date;
  /** When we learnt that the provider has made the transfer. */
  sent_at: Date | null;
  ended_at: Date | null;
  /** When the worker sends or asks next. Null: not any more. */
  next_check_at: Date | null;
  checks_made: number;
  /** How often it was taken for sending. Only who took it last may say that nothing was sent. */
  attempts: number;
  /** Until then somebody is speaking with the provider about it. */
  leased_until: Date | null;
  /** What the provider calls the transfer, and what it last said of it. */
  provider_object: string | null;
  provider_status: string | null;
  /** What the provider took besides the amount, as it is booked. */
  fee_minor: bigint | null;
  /** Why the money came back. */
  reason: string | null;
  /** Why an operator should look at it. */
  attention: string | null;
}

export interface PayoutTables {
  approvals: ApprovalsTable;
  payout_accounts: PayoutAccountsTable;
  withdrawals: WithdrawalsTable;
}
