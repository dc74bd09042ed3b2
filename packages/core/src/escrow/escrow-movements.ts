import { type Decision, orThrow } from '../refusal.ts';
import type { SampledMovement } from '../sampled-movement.ts';
import {
  decideHold,
  decideRefund,
  decideRelease,
  decideReleasePart,
  decideSplit,
  type Escrow,
  type EscrowStep,
} from './escrow.rules.ts';

const at = new Date('2026-03-01T09:00:00.000Z');
const hold = decideHold(
  {
    ...{ escrowId: 'escrow', currency: 'NGN', amountMinor: 10_500_00n, payerId: 'payer' },
    cause: { type: 'errand', id: 'errand' },
  },
  at,
);
const held: Escrow = { ...hold.escrow, payeeId: 'payee' };
const part = decideReleasePart(held, 'payer', { payeeMinor: 2_000_00n, feeMinor: 200_00n });
const shares = { payeeMinor: 9_250_00n, payerMinor: 800_00n };
const made = (when: string, step: Decision<EscrowStep>): SampledMovement[] => [
  { when, movement: orThrow(step).movement },
];

/** What an escrow moves: ₦4,500 of reward and ₦6,000 for goods, of which ₦5,200 were spent. */
export const escrowMovements = {
  'escrow.hold': made('The payer posts an errand.', hold),
  'escrow.release_part': made('The payer lets a part go, and the rest stays. No process does so yet.', part),
  'escrow.release': [
    ...made(
      'The payer confirms, or the clock does: the platform takes the remainder.',
      decideRelease(held, 'payer', shares, at),
    ),
    ...made(
      'The same after that part was let go: everybody gets what he has not had yet.',
      decideRelease(orThrow(part).escrow, 'payer', shares, at),
    ),
  ],
  'escrow.refund': made(
    'The errand ends without work: cancelled in time, expired or lapsed.',
    decideRefund(held, 'clock', at),
  ),
  'escrow.split': made(
    'The payer cancels late: a part of the reward is the payee’s.',
    decideSplit(held, 'payer', { payeeMinor: 900_00n }, at),
  ),
};
