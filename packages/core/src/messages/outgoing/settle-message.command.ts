import { command } from '../../command.ts';
import type { Delivery } from '../ports/message-port.ts';
import { decideDelivery } from './outgoing-message.rules.ts';
import { lockMessage, saveMessage } from './outgoing-message.store.ts';

export interface SettleMessage {
  messageId: string;
  attempt: number;
  provider: string;
  delivery: Delivery;
}

/** Writes what an attempt came to. One that comes back after a later one has begun changes nothing. */
export const settleMessage = command('messages.settle', async (tx, input: SettleMessage, { now }) => {
  const { messageId, attempt, delivery, provider } = input;
  const found = await lockMessage(tx, messageId);
  const settled = found && decideDelivery(found.message, attempt, delivery, provider, now);
  if (settled !== null) await saveMessage(tx, settled);
  return { result: null };
});
