import { command } from '../command.ts';
import { clockCall, type Sweep } from '../sweep.ts';
import { deliverQueued, lockDelivery } from './notice.store.ts';

/**
 * Tells everybody what has happened: one notice for each person of each event's audience, numbered for each person
 * without a gap in the order of the events. Answers how many events it took.
 */
export const deliverNotices: Sweep = (core, limit) => deliver(core, clockCall('notices.deliver'), { limit });

const deliver = command('notices.deliver', async (tx, { limit }: { limit: number }) => {
  await lockDelivery(tx);
  const count = await deliverQueued(tx, limit);
  return { result: count, isIdle: count === 0 };
});
