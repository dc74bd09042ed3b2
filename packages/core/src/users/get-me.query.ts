import { query } from '../query.ts';
import { orThrow } from '../refusal.ts';
import { requireUser } from './role.rules.ts';
import { getPerson } from './user.store.ts';

/** The account of the person who asks. Refuses with `SESSION_MISSING`. */
export const getMe = query('users.me', async (db, _input: Record<string, never>, { viewer, core }) => {
  const { userId } = orThrow(requireUser(viewer));
  return getPerson(db, core.keyring, userId);
});
