import type { AccountName } from '@errand-dash/db';
import type { Movement } from '../../ledger.ts';
import { PROVIDER } from '../provider.ts';
import type { KnownTransfer, Withdrawal } from './withdrawal.rules.ts';

/*
 * What each step of a withdrawal of `a` moves, where the provider takes the fee `f`; + is a credit.
 *
 * | movement | available | payout | unsettled | float   | provider_fees | the provider's ledger row      |
 * |----------|-----------|--------|-----------|---------|---------------|--------------------------------|
 * | hold     | −a        | +a     |           |         |               | none                           |
 * | send     |           |        | −a        | +a+f    | −f            | at the creation: −(a+f)        |
 * | pay      |           | −a     | +a        |         |               | none                           |
 * | return   | +a        | −a     | +a        | −(a+f)  | +f            | on failure or reversal: +(a+f) |
 * | reverse  | +a        |        |           | −(a+f)  | +f            | on reversal: +(a+f)            |
 *
 * `unsettled` is what the provider still holds for us outside its balance: between creation and payment the money has
 * left the balance and has not reached the bank. A `return` of what the provider never made has its first two legs
 * alone. Where the fee of the answer about a payment differs from the fee booked at its creation, `pay` books the
 * difference: some answers name no fee while a transfer is pending.
 */

/** Sets the person's money aside, before the provider hears of it. */
export function holdMovement(withdrawal: Withdrawal): Movement {
  const { available, payout } = accountsOf(withdrawal);
  const { amountMinor } = withdrawal;
  return {
    kind: 'withdrawal.hold',
    cause: causeOf(withdrawal),
    transfers: [{ debit: available, credit: payout, amountMinor }],
  };
}

/** The provider has made the transfer: amount and fee have left its balance. */
export function sendMovement(withdrawal: Withdrawal, transfer: KnownTransfer): Movement {
  const { unsettled, float, providerFees } = accountsOf(withdrawal);
  return {
    kind: 'withdrawal.send',
    cause: causeOf(withdrawal),
    providerReference: transferReference(transfer),
    transfers: [
      { debit: unsettled, credit: float, amountMinor: withdrawal.amountMinor },
      { debit: providerFees, credit: float, amountMinor: transfer.feeMinor },
    ],
  };
}

/** The bank has the money. `feeMinor` is the provider's last word on its fee. */
export function payMovement(withdrawal: Withdrawal, transfer: KnownTransfer, feeMinor: bigint): Movement {
  const { payout, unsettled, float, providerFees } = accountsOf(withdrawal);
  const more = feeMinor - transfer.feeMinor;
  const correction =
    more >= 0n
      ? { debit: providerFees, credit: float, amountMinor: more }
      : { debit: float, credit: providerFees, amountMinor: -more };
  return {
    kind: 'withdrawal.pay',
    cause: causeOf(withdrawal),
    providerReference: `${transferReference(transfer)}/paid`,
    transfers: [{ debit: payout, credit: unsettled, amountMinor: withdrawal.amountMinor }, correction],
  };
}

/** It came to nothing: the person has his money back, and we ours where the provider had taken it. */
export function returnMovement(withdrawal: Withdrawal, transfer: KnownTransfer | null): Movement {
  const { available, payout, unsettled, float, providerFees } = accountsOf(withdrawal);
  const { amountMinor } = withdrawal;
  const back = { debit: payout, credit: available, amountMinor };
  const kind = 'withdrawal.return';
  const cause = causeOf(withdrawal);
  if (transfer === null) return { kind, cause, transfers: [back] };
  return {
    kind,
    cause,
    providerReference: `${transferReference(transfer)}/returned`,
    transfers: [
      back,
      { debit: float, credit: unsettled, amountMinor },
      { debit: float, credit: providerFees, amountMinor: transfer.feeMinor },
    ],
  };
}

/** The bank has sent back what was paid: a new entry, so that the payment stays in the books. */
export function reverseMovement(withdrawal: Withdrawal, transfer: KnownTransfer): Movement {
  const { available, float, providerFees } = accountsOf(withdrawal);
  return {
    kind: 'withdrawal.reverse',
    cause: causeOf(withdrawal),
    providerReference: `${transferReference(transfer)}/reversed`,
    transfers: [
      { debit: float, credit: available, amountMinor: withdrawal.amountMinor },
      { debit: float, credit: providerFees, amountMinor: transfer.feeMinor },
    ],
  };
}

/** The provider's object whose creation a movement is. */
export const transferReference = ({ providerObject }: Pick<KnownTransfer, 'providerObject'>): string =>
  `transfer/${providerObject}`;

const causeOf = ({ id }: Withdrawal): Movement['cause'] => ({ type: 'withdrawal', id });

function accountsOf({ id, userId, currency }: Withdrawal) {
  return {
    available: { purpose: 'available', ownerId: userId, currency },
    payout: { purpose: 'payout', ownerId: id, currency },
    unsettled: { purpose: 'unsettled', ownerId: PROVIDER, currency },
    float: { purpose: 'float', ownerId: PROVIDER, currency },
    providerFees: { purpose: 'provider_fees', ownerId: null, currency },
  } as const satisfies Record<string, AccountName>;
}
