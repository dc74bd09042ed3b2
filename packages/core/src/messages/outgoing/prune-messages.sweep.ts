import { after } from '../../clock.ts';
import { command } from '../../command.ts';
import { clockCall, type Sweep } from '../../sweep.ts';
import { deleteEndedMessages } from './outgoing-message.store.ts';

/** Forgets messages some time after they have ended. What they said was wiped before. */
export const pruneMessages: Sweep = (core, limit) => deletePast(core, clockCall('messages.prune'), { limit });

const deletePast = command('messages.prune', async (tx, { limit }: { limit: number }, { now, policy }) => {
  const count = await deleteEndedMessages(tx, after(now, -policy.messages.keptSeconds), limit);
  return { result: count, isIdle: count === 0 };
});
