import type { TakeRole } from '@errand-dash/contract';
import { command } from '../command.ts';
import { orThrow } from '../refusal.ts';
import { lockOwnAccount } from './lock-own-account.ts';
import { decideTakeRole, requireUser } from './role.rules.ts';
import { insertStandingChange, saveRole } from './standing.store.ts';
import { getPerson } from './user.store.ts';

/**
 * Gives the person who calls a role that anybody may take.
 * Refuses with `ROLE_CONDITION_UNMET` and `ROLE_CONFLICT`.
 */
export const takeRole = command('users.takeRole', async (tx, input: TakeRole, context) => {
  const { core, now } = context;
  const viewer = orThrow(requireUser(context.viewer));
  const { userId } = viewer;
  await lockOwnAccount(tx, viewer);
  const role = orThrow(decideTakeRole(await getPerson(tx, core.keyring, userId), input.role));
  const isNew = await saveRole(tx, userId, { role, grantedBy: null, reason: null, now });
  const result = await getPerson(tx, core.keyring, userId);
  if (!isNew) return { result };
  const by = { kind: 'self', userId } as const;
  await insertStandingChange(tx, {
    id: context.newId(),
    userId,
    change: 'granted',
    role,
    by,
    reason: null,
    now,
  });
  const event = {
    name: 'user.role_taken' as const,
    subject: { type: 'user', id: userId },
    audience: [userId],
    data: { role },
  };
  return { result, events: [event] };
});
