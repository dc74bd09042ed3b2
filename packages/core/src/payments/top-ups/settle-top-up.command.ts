import { command } from '../../command.ts';
import { postOrThrow } from '../../ledger.ts';
import { decideSettlement, type ProviderPayment, type TopUp } from './top-up.rules.ts';
import { lockTopUpByReference, saveTopUp } from './top-up.store.ts';
import { topUpEvent } from './top-up-event.ts';

/**
 * Lets a top-up follow from what the provider was found to say of its payment, and posts the money that came.
 * Called any number of times, in any order, it credits once: by the state under the row's lock, and by the unique
 * provider reference of the posting besides.
 */
export const settleTopUp = command(
  'topup.settle',
  async (tx, { payment }: { payment: ProviderPayment }, context) => {
    const { now, policy, core } = context;
    const topUp = await lockTopUpByReference(tx, payment.reference);
    if (topUp === null) throw new Error('no top-up has this reference');
    const settlement = decideSettlement(topUp, payment, { mode: core.payments.mode, now, policy });
    if (settlement === null) return { result: topUp as TopUp };
    if (settlement.movement !== null) await postOrThrow(tx, context, settlement.movement);
    await saveTopUp(tx, settlement.topUp);
    return { result: settlement.topUp, events: [topUpEvent(settlement.topUp)] };
  },
);
