/** A message on its way out. What it says is sealed while it waits and wiped when it has ended. */
export interface OutgoingMessagesTable {
  id: string;
  /** Whose it is, and whose key seals it. */
  user_id: string;
  channel: 'phone' | 'email';
  /** What it is for, such as `verify_phone`. */
  kind: string;
  state: 'queued' | 'sent' | 'failed' | 'expired';
  content_sealed: Uint8Array | null;
  created_at: Date;
  /** From here on it is of no use and is not sent any more. */
  expires_at: Date;
  next_attempt_at: Date | null;
  attempts: number;
  leased_until: Date | null;
  provider: string | null;
  /** The provider's name for it. */
  provider_message_id: string | null;
  reason: string | null;
  ended_at: Date | null;
}

export interface MessageTables {
  outgoing_messages: OutgoingMessagesTable;
}
