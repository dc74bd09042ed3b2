import type { Role } from '@errand-dash/contract';
import type { HttpDevice } from '../../testing/http-device.ts';
import { signedCall } from './signing.ts';

export const reason = 'A demo reason';

export function grant(operator: HttpDevice, userId: string, role: Role) {
  const input = { userId, role, reason };
  return signedCall(operator, { action: 'admin.grantRole', ...input }, (approval, key) =>
    operator.call('admin', 'grantRole', { ...input, approval }, undefined, key),
  );
}

export function suspend(operator: HttpDevice, userId: string) {
  const input = { userId, reason };
  return signedCall(operator, { action: 'admin.suspendUser', ...input }, (approval, key) =>
    operator.call('admin', 'suspendUser', { ...input, approval }, undefined, key),
  );
}
