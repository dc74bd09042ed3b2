import { defaultPolicy } from '../policy.ts';
import type { SampledMovement } from '../sampled-movement.ts';
import { takingsMovement } from './reconciliation/settling/settlement.rules.ts';
import { decideSettlement, type ProviderPayment, type TopUp } from './top-ups/top-up.rules.ts';
import type { KnownTransfer, Withdrawal } from './withdrawals/withdrawal.rules.ts';
import {
  holdMovement,
  payMovement,
  returnMovement,
  reverseMovement,
  sendMovement,
} from './withdrawals/withdrawal-movements.rules.ts';

const at = new Date('2026-03-01T09:00:00.000Z');
const open = { state: 'pending', currency: 'NGN', endedAt: null, nextCheckAt: null, checksMade: 0 } as const;
const topUp: TopUp = {
  ...open,
  ...{ id: 'top_up', userId: 'person', amountMinor: 20_000_00n, reference: 'reference' },
  ...{ checkoutUrl: null, createdAt: at, payment: null, reason: null },
};
const payment: ProviderPayment = {
  ...{ id: '1', domain: 'live', status: 'success', reference: 'reference', currency: 'NGN' },
  ...{ amountMinor: 20_400_00n, requestedAmountMinor: 20_000_00n, feesMinor: 400_00n },
};
const withdrawal: Withdrawal = {
  ...{ id: 'withdrawal', userId: 'person', payoutAccountId: 'payout_account', approvalId: 'approval' },
  ...{
    state: 'sent',
    currency: 'NGN',
    amountMinor: 50_000_00n,
    reference: 'reference',
    recipientCode: 'recipient',
  },
  ...{ requestedAt: at, sentAt: at, endedAt: null, nextCheckAt: null, checksMade: 0, attempts: 1 },
  ...{ transfer: null, reason: null, attention: null },
};
const transfer: KnownTransfer = { providerObject: '1', status: 'pending', feeMinor: 25_00n };

function settled(when: string, paid: ProviderPayment): SampledMovement[] {
  const movement = decideSettlement(topUp, paid, { mode: 'live', now: at, policy: defaultPolicy })?.movement;
  return movement ? [{ when, movement }] : [];
}

/** What top-ups and withdrawals move, with the provider called by its name. */
export const paymentMovements = {
  'top_up.credit': settled('A payment came in as it was asked for; the payer bore the fee.', payment),
  'top_up.set_aside': settled('Money came in that is not what was asked for.', {
    ...payment,
    amountMinor: 15_000_00n,
    requestedAmountMinor: 15_000_00n,
    feesMinor: 325_00n,
  }),
  'top_up.settle': [
    {
      when: 'The provider brings takings into our balance there.',
      movement: takingsMovement({
        rowId: '1',
        currency: 'NGN',
        differenceMinor: 20_000_00n,
        topUpId: 'top_up',
      }),
    },
  ],
  'withdrawal.hold': [{ when: 'A person asks for money out.', movement: holdMovement(withdrawal) }],
  'withdrawal.send': [
    { when: 'The provider has made the transfer.', movement: sendMovement(withdrawal, transfer) },
  ],
  'withdrawal.pay': [
    {
      when: 'The bank has the money.',
      movement: payMovement(withdrawal, transfer, transfer.feeMinor),
    },
    {
      when: 'The bank has the money, and the provider took more than it had said.',
      movement: payMovement(withdrawal, transfer, 50_00n),
    },
  ],
  'withdrawal.return': [
    { when: 'It failed before the provider made anything.', movement: returnMovement(withdrawal, null) },
    { when: 'It failed at the provider.', movement: returnMovement(withdrawal, transfer) },
  ],
  'withdrawal.reverse': [
    { when: 'The bank sent back what was paid.', movement: reverseMovement(withdrawal, transfer) },
  ],
} satisfies Record<string, SampledMovement[]>;
