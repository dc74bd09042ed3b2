import type { CommandEvent } from '../../command.ts';
import type { DeviceKey } from './device-key.store.ts';

/** A device key as its person is shown it. The public key is base64url. */
export interface DeviceKeyView extends Omit<DeviceKey, 'publicKey'> {
  publicKey: string;
}

export const viewDeviceKey = (key: DeviceKey): DeviceKeyView => ({
  ...key,
  publicKey: Buffer.from(key.publicKey).toString('base64url'),
});

export const deviceKeyEvent = (
  name: 'device_key.enrolled' | 'device_key.revoked',
  { id, userId }: Pick<DeviceKey, 'id' | 'userId'>,
): CommandEvent => ({ name, subject: { type: 'device_key', id }, audience: [userId] });
