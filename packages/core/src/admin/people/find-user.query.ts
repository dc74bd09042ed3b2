import { auditedQuery } from '../../audit/index.ts';
import { orThrow } from '../../refusal.ts';
import { requirePermission } from '../../users/index.ts';
import { type AdministeredUser, getAdministeredUser } from './administered-user.store.ts';
import { findUserIdByHandle } from './operator.store.ts';

/** A person by his handle, for an operator; or null. Refuses with `ROLE_MISSING`. */
export const findUser = auditedQuery(
  'admin.findUser',
  async (db, { handle }: { handle: string }, { viewer, core, audit }): Promise<AdministeredUser | null> => {
    orThrow(requirePermission(viewer, 'admin.readUsers'));
    const userId = await findUserIdByHandle(db, handle);
    if (userId === null) return null;
    audit({ subjects: [{ type: 'user', id: userId }] });
    return getAdministeredUser(db, core.keyring, userId);
  },
);
