import { command } from './command.ts';
import { clockCall, type Sweep } from './sweep.ts';

/** Forgets the answers of commands whose time to be kept is over. Those that moved money are kept for ever. */
export const pruneAnswers: Sweep = (core, limit) => deletePast(core, clockCall('answers.prune'), { limit });

const deletePast = command('answers.prune', async (tx, { limit }: { limit: number }, { now }) => {
  const past = tx
    .selectFrom('commands')
    .select(['actor', 'command', 'key'])
    .where('kept_until', '<=', now)
    .orderBy('kept_until')
    .limit(limit);
  const deleted = await tx
    .deleteFrom('commands')
    .using(past.as('past'))
    .whereRef('commands.actor', '=', 'past.actor')
    .whereRef('commands.command', '=', 'past.command')
    .whereRef('commands.key', '=', 'past.key')
    .executeTakeFirst();
  const count = Number(deleted.numDeletedRows);
  return { result: count, isIdle: count === 0 };
});
