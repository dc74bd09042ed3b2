/**
 * Every way in which the books can disagree, and who may repair it: the ordinary command of our own pending row,
 * which only follows what the provider says, or an operator, for whom there is no command yet: such a drift stays open
 * until a later reading does not find it any more.
 */
export const driftKinds = {
  webhook_missed: {
    repair: 'ordinary_command',
    says: 'The provider has ended what is open with us, and its word has not reached us.',
  },
  provider_object_unknown: { repair: 'operator', says: 'The provider moved money for something not ours.' },
  provider_object_missing: {
    repair: 'operator',
    says: 'The provider does not list what it confirmed before.',
  },
  amount_differs: { repair: 'operator', says: 'The provider and we have different amounts.' },
  fee_differs: { repair: 'operator', says: 'The provider took another fee than we booked.' },
  status_differs: { repair: 'operator', says: 'The provider says something else than it said before.' },
  book_row_unmatched: { repair: 'operator', says: 'A row of the provider’s ledger belongs to nothing.' },
  book_row_missing: { repair: 'operator', says: 'The provider’s ledger lacks a row.' },
  book_row_changed: { repair: 'operator', says: 'A row of the provider’s ledger says something else now.' },
  running_balance_differs: { repair: 'operator', says: 'The provider’s ledger does not add up.' },
  float_differs: { repair: 'operator', says: 'Our float lacks what no row of the provider’s explains.' },
  duplicate_effect: { repair: 'operator', says: 'The provider moved the same money more than once.' },
  invariant_broken: { repair: 'operator', says: 'Our own books break one of their rules.' },
} as const satisfies Record<string, { repair: 'ordinary_command' | 'operator'; says: string }>;

export type DriftKind = keyof typeof driftKinds;
export type DriftRepair = (typeof driftKinds)[DriftKind]['repair'];

/** The commands that close a drift which our own pending row explains. */
export const ordinaryCommands = ['topup.settle', 'withdrawal.settle'] as const;
export type OrdinaryCommand = (typeof ordinaryCommands)[number];
