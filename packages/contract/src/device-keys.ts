import { z } from 'zod';
import { idIn, idOut } from './ids.ts';
import { line } from './text.ts';

/** How a person tells his device keys apart. */
export const deviceKeyName = line(1, 60);

/** The 32 bytes of an Ed25519 public key (RFC 8032, section 5.1.5) in base64url, whose spare bits are zero. */
export const ed25519PublicKey = z
  .string()
  .regex(/^[A-Za-z0-9_-]{42}[AEIMQUYcgkosw048]$/, { error: 'must be 32 bytes in base64url' });

/** The 64 bytes of an Ed25519 signature (RFC 8032, section 5.1.6) in base64url, whose spare bits are zero. */
export const ed25519Signature = z
  .string()
  .regex(/^[A-Za-z0-9_-]{85}[AQgw]$/, { error: 'must be 64 bytes in base64url' });

/** An Ed25519 key by which a console or a service of a person's signs what operators sign. */
export const deviceKey = z.strictObject({
  deviceKeyId: idOut('deviceKey'),
  name: z.string(),
  publicKey: ed25519PublicKey,
  createdAt: z.date(),
  lastUsedAt: z.date().nullable(),
  revokedAt: z.date().nullable(),
});
export type DeviceKey = z.infer<typeof deviceKey>;

export const deviceKeys = z.strictObject({ deviceKeys: z.array(deviceKey) });

/** The members of an enrolment and of a revocation, beside their signatures. */
export const newDeviceKey = { name: deviceKeyName, publicKey: ed25519PublicKey };
export const namedDeviceKey = { deviceKeyId: idIn('deviceKey') };
