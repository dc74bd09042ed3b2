import { orThrow, refuse } from '../../refusal.ts';
import { requireUser } from '../../users/index.ts';
import { signedCommand } from '../signing/signed-command.ts';
import { lockDeviceKey, saveDeviceKeyRevoked } from './device-key.store.ts';
import { deviceKeyEvent, viewDeviceKey } from './device-key-view.ts';
import { signedDeviceKeyRevocation } from './signed-device-keys.ts';

/**
 * Ends a device key of the person's for ever, signed for by passkey. What it signed before stays proved. Refuses with
 * `SIGNATURE_REFUSED`, `OBJECT_NOT_FOUND` and `DEVICE_KEY_REVOKED`.
 */
export const revokeDeviceKey = signedCommand(signedDeviceKeyRevocation, async (tx, input, context) => {
  const { userId } = orThrow(requireUser(context.viewer));
  const key = await lockDeviceKey(tx, input.deviceKeyId);
  if (key === null || key.userId !== userId) return { refusal: refuse('OBJECT_NOT_FOUND', {}) };
  if (key.revokedAt !== null) return { refusal: refuse('DEVICE_KEY_REVOKED', {}) };
  const { now } = context;
  await saveDeviceKeyRevoked(tx, key.id, { now, approvalId: input.approvalId });
  const result = viewDeviceKey({ ...key, revokedAt: now });
  return { result, events: [deviceKeyEvent('device_key.revoked', result)] };
});
