import { generateKeyPairSync, sign } from 'node:crypto';
import type { DeviceKeyApproval } from '@errand-dash/contract';
import type { Call } from '../../claim.ts';
import type { Core } from '../../core.ts';
import { beginApproval } from '../../signed-actions.ts';
import { type SigningPerson, signAction, type ToSign } from '../../testing/signing-person.ts';
import { deviceKeyMessage, enrollDeviceKey } from '../index.ts';

/** An Ed25519 key pair on a device of its own. */
export interface Device {
  publicKey: string;
  /** 64 bytes over these, in base64url. */
  sign: (message: Uint8Array) => string;
}

export function makeDevice(): Device {
  const { publicKey, privateKey } = generateKeyPairSync('ed25519');
  return {
    publicKey: publicKey.export({ format: 'jwk' }).x ?? '',
    sign: (message) => sign(null, message, privateKey).toString('base64url'),
  };
}

/** Enrols a device for a person, signed for with his passkey. Answers its id. */
export async function enrollDevice(
  core: Core,
  person: SigningPerson,
  { publicKey }: Device,
  call: Call = person.call(),
): Promise<string> {
  const asked = { name: 'Demo console', publicKey };
  const approval = await signAction(core, person, call, { action: 'approvals.enrollDeviceKey', ...asked });
  return (await enrollDeviceKey(core, call, { ...asked, approval })).id;
}

/** Has a device sign an action for the call to come. */
export async function signByDevice(
  core: Core,
  call: Call,
  action: ToSign,
  device: Device & { deviceKeyId: string },
): Promise<DeviceKeyApproval> {
  const begun = await beginApproval(core, call, { ...action, idempotencyKey: call.idempotencyKey ?? '' });
  const message = deviceKeyMessage(Buffer.from(begun.options.challenge, 'base64url'));
  return {
    approvalId: begun.approvalId,
    deviceKeyId: device.deviceKeyId,
    signature: device.sign(message),
  };
}
