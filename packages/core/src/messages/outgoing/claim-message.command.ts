import { command } from '../../command.ts';
import { findDataKeys } from '../../find-data-keys.ts';
import { open } from '../../sealing.ts';
import type { Channel, Message } from '../ports/message-port.ts';
import { decideClaim } from './outgoing-message.rules.ts';
import { lockMessage, saveMessage } from './outgoing-message.store.ts';
import { contentPlace, type MessageContent } from './queue-message.ts';

/** A message that nobody else sends for a while. */
export interface ClaimedMessage {
  message: Message;
  channel: Channel;
  kind: string;
  attempt: number;
}

/** What became of a due message: it is to be sent, it has come to its end, or somebody else has it. */
export type Claim = { claimed: ClaimedMessage } | 'ended' | 'passed';

/** Takes a due message for one attempt, or ends it where it is of no use any more. */
export const claimMessage = command(
  'messages.claim',
  async (
    tx,
    { messageId }: { messageId: string },
    { core, now, policy },
  ): Promise<{ result: Claim; isIdle?: boolean }> => {
    const found = await lockMessage(tx, messageId);
    const taken = found && decideClaim(found, now, policy.messages);
    if (taken === null) return { result: 'passed', isIdle: true };
    await saveMessage(tx, taken);
    if (taken.contentSealed === null) return { result: 'ended' };
    const { id, userId, channel, kind, attempts } = taken;
    const key = (await findDataKeys(tx, core, [userId])).get(userId);
    // Erased meanwhile: it waits for its end.
    if (key === undefined) return { result: 'passed', isIdle: true };
    const opened = open([key], contentPlace(id), taken.contentSealed).toString('utf8');
    const content = JSON.parse(opened) as MessageContent;
    return { result: { claimed: { message: { id, ...content }, channel, kind, attempt: attempts } } };
  },
);
