/**
 * What an account is for. A guarded account stores its balance, which never ends a set below zero; an unguarded
 * one is summed from its transfers, so that no row of it is ever locked.
 */
export const accountPurposes = {
  available: { guarded: true, ownerKind: 'user', says: 'What a user can spend or withdraw.' },
  frozen: { guarded: true, ownerKind: 'user', says: 'Held back by a chargeback, a case or a cap.' },
  held: { guarded: true, ownerKind: 'escrow', says: 'The money of one escrow; ends at zero.' },
  payout: { guarded: true, ownerKind: 'withdrawal', says: 'On its way out.' },
  claim: { guarded: true, ownerKind: 'transfer', says: 'Sent to somebody who has not joined yet.' },
  float: { guarded: false, ownerKind: 'provider', says: 'Mirrors the balance ledger of the provider.' },
  unsettled: {
    guarded: false,
    ownerKind: 'provider',
    says: 'What the provider holds outside our balance there: takings, and transfers under way.',
  },
  fees: { guarded: false, ownerKind: null, says: 'Commission that the platform earned.' },
  provider_fees: { guarded: false, ownerKind: null, says: 'What providers charged the platform.' },
  fee_margin: { guarded: false, ownerKind: null, says: 'Fees passed on, less what the provider took.' },
  suspense: { guarded: false, ownerKind: null, says: 'Money that arrived and matches nothing.' },
  adjustments: { guarded: false, ownerKind: null, says: 'The other side of signed corrections.' },
  exchange: {
    guarded: false,
    ownerKind: null,
    says: 'The platform’s position in a currency: what people sold it of that, less what they bought.',
  },
  receivable: { guarded: false, ownerKind: 'user', says: 'What a user owes after a chargeback.' },
} as const satisfies Record<string, AccountPurposeRow>;

interface AccountPurposeRow {
  guarded: boolean;
  /** Whose id the owner is; null where the platform has one account per currency. */
  ownerKind: 'user' | 'escrow' | 'withdrawal' | 'transfer' | 'provider' | null;
  says: string;
}

export type AccountPurpose = keyof typeof accountPurposes;
