import { auditedQuery } from '../../audit/index.ts';
import { orThrow } from '../../refusal.ts';
import { requirePermission } from '../../users/index.ts';
import {
  type AdministeredUser,
  findStandingChanges,
  getAdministeredUser,
  type KeptStandingChange,
} from './administered-user.store.ts';

export interface AdministeredUserHistory {
  user: AdministeredUser;
  changes: KeptStandingChange[];
}

/** A person and how he came to what he may do, for an operator. Refuses with `ROLE_MISSING` and `OBJECT_NOT_FOUND`. */
export const getUser = auditedQuery(
  'admin.getUser',
  async (db, { userId }: { userId: string }, { viewer, core, audit }): Promise<AdministeredUserHistory> => {
    audit({ subjects: [{ type: 'user', id: userId }] });
    orThrow(requirePermission(viewer, 'admin.readUsers'));
    const user = await getAdministeredUser(db, core.keyring, userId);
    return { user, changes: await findStandingChanges(db, userId, CHANGES_MAX) };
  },
);

const CHANGES_MAX = 100;
