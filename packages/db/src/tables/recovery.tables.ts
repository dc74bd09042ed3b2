/** A code that a person keeps for the day on which everything else is lost, as a keyed hash. */
export interface RecoveryCodesTable {
  id: string;
  user_id: string;
  code_hash: Uint8Array;
  created_at: Date;
  spent_at: Date | null;
}

/** An attempt to come back to an account without a passkey. */
export interface RecoveriesTable {
  id: string;
  /** Null for a name that nobody has, or whose person is suspended. */
  user_id: string | null;
  state: 'open' | 'proven' | 'finished' | 'undone' | 'ended';
  tries_left: number;
  /** When codes were asked for, and when the worker made them, if it found somebody to send them to. */
  codes_asked_at: Date | null;
  codes_made_at: Date | null;
  /** A keyed hash of the network from which they were asked for. */
  asker_hash: Uint8Array | null;
  email_code_hash: Uint8Array | null;
  phone_code_hash: Uint8Array | null;
  codes_expire_at: Date | null;
  factor: 'recovery_code' | 'contacts' | null;
  /** What proved it, so that the same proof may ask for a challenge again. */
  factor_hash: Uint8Array | null;
  challenge: Uint8Array | null;
  challenge_expires_at: Date | null;
  /** The passkey that came of it. */
  passkey_id: string | null;
  created_at: Date;
  expires_at: Date;
  ended_at: Date | null;
}

export interface RecoveryTables {
  recovery_codes: RecoveryCodesTable;
  recoveries: RecoveriesTable;
}
