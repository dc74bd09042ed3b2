import { query } from '../../query.ts';
import { orThrow } from '../../refusal.ts';
import { requireUser } from '../../users/index.ts';
import { findDeviceKeys } from './device-key.store.ts';
import { type DeviceKeyView, viewDeviceKey } from './device-key-view.ts';

/** The person's own device keys, those that were revoked too, oldest first. Refuses with `SESSION_MISSING`. */
export const listDeviceKeys = query(
  'approvals.listDeviceKeys',
  async (db, _input: Record<string, never>, { viewer }): Promise<DeviceKeyView[]> => {
    const { userId } = orThrow(requireUser(viewer));
    return (await findDeviceKeys(db, userId)).map(viewDeviceKey);
  },
);
