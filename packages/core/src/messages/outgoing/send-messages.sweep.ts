import type { Core } from '../../core.ts';
import type { DuePage, DueRow } from '../../due-row.ts';
import { query } from '../../query.ts';
import { open, unwrapDataKey } from '../../sealing.ts';
import { clockCall, type RowOutcome, type Sweep, workDue } from '../../sweep.ts';
import { type ClaimedMessage, claimMessage } from './claim-message.command.ts';
import { dueForSending } from './outgoing-message.store.ts';
import { contentPlace, type MessageContent } from './queue-message.ts';
import { settleMessage } from './settle-message.command.ts';

const LANES = 8;

/**
 * Sends the messages that wait, a few side by side, so that a provider that is silent keeps the others waiting for
 * no more than one of its time-outs.
 */
export const sendMessages: Sweep = (core, limit, isStopping) => {
  const list = (page: DuePage) => listDue(core, call, page);
  const work = ({ id }: DueRow) => send(core, id);
  return workDue(core, call.requestId, limit, { list, work, lanes: LANES }, isStopping);
};

const call = clockCall('message.send');

const listDue = query('messages.dueForSending', (db, page: DuePage, { now }) => dueForSending(db, now, page));

async function send(core: Core, messageId: string): Promise<RowOutcome> {
  const claim = await claimMessage(core, call, { messageId });
  if (claim === 'passed') return 'passed';
  if (claim === 'ended') {
    core.log('error', 'a message was not sent in time', { messageId });
    return 'worked';
  }
  const { channel, kind, attempts: attempt } = claim.claimed.message;
  const content = openContent(core, claim.claimed);
  // Erased meanwhile: it waits for its end.
  if (content === null) return 'passed';
  const { provider, send: handOver } = core.messages[channel];
  const delivery = await handOver({ id: messageId, ...content });
  if (delivery.outcome !== 'sent') {
    const { outcome, reason } = delivery;
    core.log('warn', 'a message was not handed over', {
      messageId,
      kind,
      provider,
      attempt,
      outcome,
      reason,
    });
  }
  await settleMessage(core, call, { messageId, attempt, provider, delivery });
  return 'worked';
}

/** What a message says and to whom, or null where its person's key is gone. Throws where it does not open. */
function openContent({ keyring }: Core, { message, wrappedKey }: ClaimedMessage): MessageContent | null {
  const { id, userId, contentSealed } = message;
  if (wrappedKey === null || contentSealed === null) return null;
  const key = unwrapDataKey(keyring, userId, wrappedKey);
  return JSON.parse(open([key], contentPlace(id), contentSealed).toString('utf8'));
}
