import { command } from '../../command.ts';
import { decideClaim, type OutgoingMessage } from './outgoing-message.rules.ts';
import { lockMessage, saveMessage } from './outgoing-message.store.ts';

/** A message that nobody else sends for a while. */
export interface ClaimedMessage {
  message: OutgoingMessage;
  /** With which it opens: a claim must not fail by what is in the row, or it is due until it expires. */
  wrappedKey: Uint8Array | null;
}

/** What became of a due message: it is to be sent, it has come to its end, or somebody else has it. */
export type Claim = { claimed: ClaimedMessage } | 'ended' | 'passed';

/** Takes a due message for one attempt, or ends it where it is of no use any more. */
export const claimMessage = command(
  'messages.claim',
  async (
    tx,
    { messageId }: { messageId: string },
    { now, policy },
  ): Promise<{ result: Claim; isIdle?: boolean }> => {
    const found = await lockMessage(tx, messageId);
    const message = found && decideClaim(found.message, now, policy.messages);
    if (found === null || message === null) return { result: 'passed', isIdle: true };
    await saveMessage(tx, message);
    if (message.contentSealed === null) return { result: 'ended' };
    return { result: { claimed: { message, wrappedKey: found.wrappedKey } } };
  },
);
