import { generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import { deviceKeyMessage } from '@errand-dash/core';
import type { inferRouterInputs } from '@trpc/server';
import type { AppRouter } from '../../app-router.ts';
import type { HttpDevice } from '../../testing/http-device.ts';

type Inputs = inferRouterInputs<AppRouter>;
type ToSign = Inputs['approvals']['begin'];
export type Approval = Inputs['wallet']['withdraw']['approval'];
type WithoutKey<B> = B extends unknown ? Omit<B, 'idempotencyKey'> : never;
export type Action = WithoutKey<ToSign>;

/** The call to come, which what is signed names. */
interface Keyed {
  idempotencyKey: string;
}

/** Somebody's signature for a call to come. */
export async function signedBy(
  signer: HttpDevice,
  { idempotencyKey }: Keyed,
  action: Action,
): Promise<Approval> {
  const asked = { ...action, idempotencyKey } as ToSign;
  const { approvalId, options } = await signer.call('approvals', 'begin', asked);
  return { approvalId, response: await signer.authenticator.get(options) };
}

/** Signs an action for the call that is given the key. */
export async function signedCall<R>(
  signer: HttpDevice,
  action: Action,
  act: (approval: Approval, idempotencyKey: string) => Promise<R>,
): Promise<R> {
  const idempotencyKey = crypto.randomUUID();
  return act(await signedBy(signer, { idempotencyKey }, action), idempotencyKey);
}

/** A key of a console of somebody's. */
export interface DeviceKey {
  deviceKeyId: string;
  privateKey: KeyObject;
}

export function newPublicKey(): { publicKey: string; privateKey: KeyObject } {
  const { publicKey, privateKey } = generateKeyPairSync('ed25519');
  return { publicKey: publicKey.export({ format: 'jwk' }).x ?? '', privateKey };
}

export async function deviceKeyOf(person: HttpDevice): Promise<DeviceKey> {
  const { publicKey, privateKey } = newPublicKey();
  const input = { name: 'Demo console', publicKey };
  const action = { action: 'approvals.enrollDeviceKey', ...input } as const;
  const { deviceKeyId } = await signedCall(person, action, (approval, key) =>
    person.call('approvals', 'enrollDeviceKey', { ...input, approval }, undefined, key),
  );
  return { deviceKeyId, privateKey };
}

/** As {@link signedBy}, with a fresh device key of the signer's. */
export async function signedByKeyOf(
  signer: HttpDevice,
  { idempotencyKey }: Keyed,
  action: Action,
): Promise<Approval> {
  const { deviceKeyId, privateKey } = await deviceKeyOf(signer);
  const asked = { ...action, idempotencyKey } as ToSign;
  const { approvalId, options } = await signer.call('approvals', 'begin', asked);
  const message = deviceKeyMessage(Buffer.from(options.challenge, 'base64url'));
  return { approvalId, deviceKeyId, signature: sign(null, message, privateKey).toString('base64url') };
}
