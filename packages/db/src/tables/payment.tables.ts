/** Money that a person pays in. The reference is ours, and names the payment at the provider for ever. */
export interface TopUpsTable {
  id: string;
  user_id: string;
  state: string;
  currency: string;
  amount_minor: bigint;
  provider: string;
  reference: string;
  checkout_url: string | null;
  /** Sealed under the person's data key until the provider has it, then wiped. */
  email_sealed: Uint8Array | null;
  created_at: Date;
  ended_at: Date | null;
  /** When the worker asks the provider next. Null: not any more. */
  next_check_at: Date | null;
  checks_made: number;
  /** Until then somebody is asking the provider. */
  leased_until: Date | null;
  /** What the provider calls the payment, once it brought money. */
  provider_object: string | null;
  /** What was paid, in what, and what the provider kept of it. */
  paid_minor: bigint | null;
  paid_currency: string | null;
  provider_fee_minor: bigint | null;
  /** Why it failed or did not match, in the words of the rule that said so. */
  reason: string | null;
}

/** What the provider sent us, as it came. */
export interface WebhookDeliveriesTable {
  id: string;
  provider: string;
  state: string;
  /** Why it was set aside. */
  reason: string | null;
  body_sealed: Uint8Array;
  event: string | null;
  domain: string | null;
  reference: string | null;
  object_id: string | null;
  received_at: Date;
  next_attempt_at: Date | null;
  /** How often it was taken. Who took it last is alone allowed to finish it. */
  attempts: number;
  worked_at: Date | null;
}

export interface PaymentTables {
  top_ups: TopUpsTable;
  webhook_deliveries: WebhookDeliveriesTable;
}
