/**
 * Everything that can happen, and who is told of it: the roles of an event's audience, in its order. An event may
 * be told to fewer, from the first on, where there is nobody yet in the others.
 */
export const eventCatalogue = {
  'errand.posted': ['sender'],
  'errand.accepted': ['sender', 'runner'],
  'errand.started': ['sender', 'runner'],
  'errand.completed': ['sender', 'runner'],
  'errand.confirmed': ['sender', 'runner'],
  'errand.cancelled': ['sender', 'runner'],
  'errand.expired': ['sender'],
  'errand.reopened': ['sender', 'runner'],
  'errand.lapsed': ['sender', 'runner'],
  'escrow.held': ['payer'],
  'escrow.part_released': ['payer', 'payee'],
  'escrow.released': ['payer', 'payee'],
  'escrow.refunded': ['payer', 'payee'],
  'escrow.split': ['payer', 'payee'],
  'topup.created': ['payer'],
  'topup.pending': ['payer'],
  'topup.succeeded': ['payer'],
  'topup.failed': ['payer'],
  'topup.abandoned': ['payer'],
  'topup.mismatched': ['payer'],
  'payout_account.created': ['owner'],
  'payout_account.active': ['owner'],
  'payout_account.refused': ['owner'],
  'payout_account.removed': ['owner'],
  'withdrawal.requested': ['owner'],
  'withdrawal.sent': ['owner'],
  'withdrawal.paid': ['owner'],
  'withdrawal.returned': ['owner'],
  'withdrawal.reversed': ['owner'],
  'exchange_quote.exchanged': ['owner'],
  'user.registered': ['person'],
  'user.role_taken': ['person'],
  'user.role_granted': ['person'],
  'user.role_revoked': ['person'],
  'user.suspended': ['person'],
  'user.reinstated': ['person'],
  'user.phone_verified': ['person'],
  'user.email_verified': ['person'],
  'recovery.codes_created': ['person'],
  'recovery.finished': ['person'],
  'recovery.undone': ['person'],
  'device_key.enrolled': ['owner'],
  'device_key.revoked': ['owner'],
  'user.password_set': ['person'],
  'user.password_removed': ['person'],
  'user.totp_confirmed': ['person'],
  'user.totp_removed': ['person'],
  'user.identity_linked': ['person'],
  'user.identity_unlinked': ['person'],
  'user.second_factor_refused': ['person'],
  'session.started': ['person'],
  'session.ended': ['person'],
  'user.sessions_ended': ['person'],
  'passkey.added': ['owner'],
  'passkey.removed': ['owner'],
} as const satisfies Readonly<Record<string, readonly [string, ...string[]]>>;

export type EventName = keyof typeof eventCatalogue;

/** Who may be told of an event. */
export type EventRole<N extends EventName> = (typeof eventCatalogue)[N][number];

export const isEventName = (name: string): name is EventName => Object.hasOwn(eventCatalogue, name);
