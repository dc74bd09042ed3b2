import type { CommandEvent } from '../../command.ts';
import type { TopUp } from './top-up.rules.ts';

/** That a top-up has come to the state it is in, told to whom it belongs. */
export function topUpEvent(topUp: TopUp): CommandEvent {
  const { id, userId, state, currency, amountMinor, payment } = topUp;
  const paid = payment && { paidMinor: Number(payment.paidMinor), paidCurrency: payment.paidCurrency };
  return {
    name: `topup.${state}`,
    subject: { type: 'topup', id },
    audience: [userId],
    data: { state, currency, amountMinor: Number(amountMinor), ...paid },
  };
}
