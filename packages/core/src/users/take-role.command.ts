import type { TakeRole } from '@errand-dash/contract';
import { command } from '../command.ts';
import { orThrow } from '../refusal.ts';
import { decideTakeRole, requireUser } from './role.rules.ts';
import { getPerson, saveRole } from './user.store.ts';

/** Gives the person who calls a role that anybody may take. Refuses with `ROLE_CONDITION_UNMET`. */
export const takeRole = command('users.takeRole', async (tx, input: TakeRole, { viewer, core, now }) => {
  const { userId } = orThrow(requireUser(viewer));
  const role = orThrow(decideTakeRole(await getPerson(tx, core.keyring, userId), input.role));
  const isNew = await saveRole(tx, userId, role, now);
  const event = {
    name: 'user.role_taken' as const,
    subject: { type: 'user', id: userId },
    audience: [userId],
    data: { role },
  };
  return { result: await getPerson(tx, core.keyring, userId), events: isNew ? [event] : [] };
});
