import { orThrow, refuse } from '../../refusal.ts';
import { findAccountChangeRefusal, requireUser } from '../../users/index.ts';
import { signedCommand } from '../signing/signed-command.ts';
import { findLiveDeviceKeyIds, insertDeviceKey } from './device-key.store.ts';
import { deviceKeyEvent, viewDeviceKey } from './device-key-view.ts';
import { signedEnrolment } from './signed-device-keys.ts';

/**
 * Enrols an Ed25519 key of a console or a service of the person's, signed for by passkey. From then on it signs what
 * an operator's action lets device keys sign, for him and in his own sessions. Refuses with `SIGNATURE_REFUSED`,
 * `DEVICE_KEY_USED`, `DEVICE_KEY_LIMIT_REACHED`, and `ACCOUNT_COOLING` for a day after a recovery.
 */
export const enrollDeviceKey = signedCommand(signedEnrolment, async (tx, input, context) => {
  const { userId } = orThrow(requireUser(context.viewer));
  const max = context.policy.auth.deviceKeysMax;
  const cooling = await findAccountChangeRefusal(tx, context.viewer, context.now);
  if (cooling !== null) return { refusal: cooling };
  if ((await findLiveDeviceKeyIds(tx, userId)).length >= max) {
    return { refusal: refuse('DEVICE_KEY_LIMIT_REACHED', { max }) };
  }
  const key = {
    id: context.newId(),
    userId,
    name: input.name,
    publicKey: Buffer.from(input.publicKey, 'base64url'),
    createdAt: context.now,
  };
  const isNew = await insertDeviceKey(tx, { ...key, approvalId: input.approvalId });
  if (!isNew) return { refusal: refuse('DEVICE_KEY_USED', {}) };
  const result = viewDeviceKey({ ...key, lastUsedAt: null, revokedAt: null });
  return { result, events: [deviceKeyEvent('device_key.enrolled', result)] };
});
