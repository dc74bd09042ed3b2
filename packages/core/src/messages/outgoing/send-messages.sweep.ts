import type { Core } from '../../core.ts';
import { query } from '../../query.ts';
import { clockCall, type RowOutcome, type Sweep, workEach } from '../../sweep.ts';
import { claimMessage } from './claim-message.command.ts';
import { dueForSending } from './outgoing-message.store.ts';
import { settleMessage } from './settle-message.command.ts';

const LANES = 8;

/**
 * Sends the messages that wait, a few side by side, so that a provider that is silent keeps the others waiting for
 * no more than one of its time-outs.
 */
export const sendMessages: Sweep = async (core, limit, isStopping) => {
  const due = await listDue(core, call, { limit });
  const lanes = Array.from({ length: LANES }, (_, lane) =>
    due.filter((_id, place) => place % LANES === lane),
  );
  const counts = await Promise.all(
    lanes.map((lane) => workEach(core, call.requestId, lane, (id) => send(core, id), isStopping)),
  );
  return counts.reduce((sum, count) => sum + count, 0);
};

const call = clockCall('message.send');

const listDue = query('messages.dueForSending', (db, { limit }: { limit: number }, { now }) =>
  dueForSending(db, now, limit),
);

async function send(core: Core, messageId: string): Promise<RowOutcome> {
  const claim = await claimMessage(core, call, { messageId });
  if (claim === 'passed') return 'passed';
  if (claim === 'ended') {
    core.log('error', 'a message was not sent in time', { messageId });
    return 'worked';
  }
  const { message, channel, kind, attempt } = claim.claimed;
  const { provider, send: handOver } = core.messages[channel];
  const delivery = await handOver(message);
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
