import { command } from '../../command.ts';
import { decideOpening, type Opening, type TopUp } from './top-up.rules.ts';
import { lockTopUp, saveTopUp } from './top-up.store.ts';
import { topUpEvent } from './top-up-event.ts';

export interface SaveCheckout {
  topUpId: string;
  opening: Opening;
}

/** Saves what the provider answered about opening a payment. A late answer changes only what it still may. */
export const saveCheckout = command('topup.saveCheckout', async (tx, input: SaveCheckout, context) => {
  const topUp = await lockTopUp(tx, input.topUpId);
  if (topUp === null) throw new Error('no such top-up');
  const change = decideOpening(topUp, input.opening, context.now, context.policy);
  if (change === null) return { result: topUp };
  await saveTopUp(tx, change.topUp);
  const events = change.event === 'open' ? [] : [topUpEvent(change.topUp)];
  return { result: change.topUp as TopUp, events };
});
