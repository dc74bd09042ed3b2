/** Every kind of movement that a set of transfers may be, and what a statement calls it. */
export const movementKinds = {
  'top_up.credit': { says: 'Money in' },
  'top_up.set_aside': { says: 'Money in that matches nothing' },
  'top_up.settle': { says: 'Takings settled by the provider' },
  'escrow.hold': { says: 'Held for an errand' },
  'escrow.release_part': { says: 'Paid in part for an errand' },
  'escrow.release': { says: 'Paid for an errand' },
  'escrow.refund': { says: 'Returned from an errand' },
  'escrow.split': { says: 'An errand shared out' },
  'withdrawal.hold': { says: 'Set aside to be paid out' },
  'withdrawal.send': { says: 'Handed to the bank' },
  'withdrawal.pay': { says: 'Paid out' },
  'withdrawal.return': { says: 'Returned, not paid out' },
  'withdrawal.reverse': { says: 'Returned after it was paid out' },
  'exchange.sell': { says: 'Sold for another currency' },
  'exchange.buy': { says: 'Bought with another currency' },
  'adjustment.post': { says: 'Correction' },
  'adjustment.reverse': { says: 'Reversal' },
} as const satisfies Record<string, { says: string }>;

export type MovementKind = keyof typeof movementKinds;
