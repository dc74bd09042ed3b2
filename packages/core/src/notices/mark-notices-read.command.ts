import type { MarkNoticesRead } from '@errand-dash/contract';
import { command } from '../command.ts';
import { orThrow, refuse } from '../refusal.ts';
import { requireUser } from '../users/index.ts';
import { countUnreadOf, findLastNumber, saveRead } from './notice.store.ts';

/**
 * Marks one notice of the person's as read, or all up to a number; what is read already stays as it is. Answers how
 * many are left. Refuses with `OBJECT_NOT_FOUND` a number that the person has not had yet.
 */
export const markNoticesRead = command(
  'notices.markRead',
  async (tx, input: MarkNoticesRead, { viewer, now }) => {
    const { userId } = orThrow(requireUser(viewer));
    const number = 'number' in input ? input.number : input.upToNumber;
    if (number > (await findLastNumber(tx, userId))) orThrow(refuse('OBJECT_NOT_FOUND', {}));
    await saveRead(tx, userId, input, now);
    return { result: { count: await countUnreadOf(tx, userId) } };
  },
);
