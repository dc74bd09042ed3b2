import type { StartTopUp } from '@errand-dash/contract';
import { newReference } from '@errand-dash/paystack';
import { command } from '../../command.ts';
import { decideHomeCurrency } from '../../currency.rules.ts';
import { orThrow } from '../../refusal.ts';
import { type SealedPlace, seal } from '../../sealing.ts';
import { requireUser } from '../../users/index.ts';
import { decideAmount, nextCheckAt, type TopUp } from './top-up.rules.ts';
import { insertTopUp } from './top-up.store.ts';

/**
 * Writes the top-up and its reference, before anything is asked of the provider.
 * Refuses with `SESSION_MISSING`, `CURRENCY_NOT_OPEN`, `AMOUNT_TOO_SMALL` and `AMOUNT_TOO_LARGE`.
 */
export const createTopUp = command('topup.create', async (tx, input: StartTopUp, context) => {
  const { viewer, now, policy } = context;
  const { userId } = orThrow(requireUser(viewer));
  const currency = orThrow(decideHomeCurrency(input.currency, policy));
  const amountMinor = orThrow(decideAmount(input.amountMinor, policy.topUp));
  const id = context.newId();
  const topUp: TopUp = {
    id,
    userId,
    state: 'created',
    currency,
    amountMinor,
    reference: newReference('tu', id),
    checkoutUrl: null,
    createdAt: now,
    endedAt: null,
    nextCheckAt: nextCheckAt({ state: 'created', createdAt: now }, now, policy.topUp),
    checksMade: 0,
    payment: null,
    reason: null,
  };
  // It opens a payment: an old key must never open another.
  context.keepForEver();
  await insertTopUp(tx, topUp, seal(context.dataKey(), emailPlace(id), input.email, context.random));
  const subject = { type: 'topup', id };
  const data = { amountMinor: Number(amountMinor), currency };
  return { result: topUp, events: [{ name: 'topup.created', subject, audience: [userId], data }] };
});

/** Where the payer's address waits until the provider has it. */
export const emailPlace = (topUpId: string): SealedPlace => ({
  table: 'top_ups',
  row: topUpId,
  column: 'email_sealed',
});
