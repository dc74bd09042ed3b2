import { z } from 'zod';
import {
  authenticationOptions,
  authenticationResponse,
  passkeyName,
  registrationResponse,
  sealedCeremony,
} from './auth.ts';
import { ed25519Signature, namedDeviceKey, newDeviceKey } from './device-keys.ts';
import { idIn, idOut } from './ids.ts';
import { amountMinorIn, amountOrZeroMinorIn, currency } from './money.ts';
import { idempotencyKey, newPassword } from './text.ts';
import { role, standingReason } from './users.ts';

/** What a person is about to sign: the action with its own input, and the idempotency key of the call to come. */
export const beginApprovalIn = z.discriminatedUnion('action', [
  z.strictObject({
    action: z.literal('wallet.withdraw'),
    idempotencyKey,
    amountMinor: amountMinorIn,
    currency,
    payoutAccountId: idIn('payoutAccount'),
  }),
  z.strictObject({
    action: z.literal('wallet.addPayoutAccount'),
    idempotencyKey,
    bankCode: z.string().regex(/^[A-Za-z0-9]{3,9}$/),
    accountNumber: z.string().regex(/^\d{10}$/),
  }),
  z.strictObject({
    action: z.literal('wallet.removePayoutAccount'),
    idempotencyKey,
    payoutAccountId: idIn('payoutAccount'),
  }),
  z.strictObject({ action: z.literal('errands.confirm'), idempotencyKey, errandId: idIn('errand') }),
  z.strictObject({
    action: z.literal('errands.cancel'),
    idempotencyKey,
    errandId: idIn('errand'),
    costMaxMinor: amountOrZeroMinorIn.optional(),
  }),
  z.strictObject({
    action: z.literal('auth.addPasskey'),
    idempotencyKey,
    ceremony: sealedCeremony,
    response: registrationResponse,
    name: passkeyName,
  }),
  z.strictObject({ action: z.literal('auth.removePasskey'), idempotencyKey, passkeyId: idIn('passkey') }),
  z.strictObject({ action: z.literal('recovery.createCodes'), idempotencyKey }),
  z.strictObject({
    action: z.literal('admin.grantRole'),
    idempotencyKey,
    userId: idIn('user'),
    role,
    reason: standingReason,
  }),
  z.strictObject({
    action: z.literal('admin.revokeRole'),
    idempotencyKey,
    userId: idIn('user'),
    role,
    reason: standingReason,
  }),
  z.strictObject({
    action: z.literal('admin.suspendUser'),
    idempotencyKey,
    userId: idIn('user'),
    reason: standingReason,
  }),
  z.strictObject({
    action: z.literal('admin.reinstateUser'),
    idempotencyKey,
    userId: idIn('user'),
    reason: standingReason,
  }),
  z.strictObject({ action: z.literal('approvals.enrollDeviceKey'), idempotencyKey, ...newDeviceKey }),
  z.strictObject({ action: z.literal('approvals.revokeDeviceKey'), idempotencyKey, ...namedDeviceKey }),
  z.strictObject({ action: z.literal('auth.setPassword'), idempotencyKey, newPassword }),
  z.strictObject({ action: z.literal('auth.removePassword'), idempotencyKey }),
  z.strictObject({ action: z.literal('auth.removeTotp'), idempotencyKey }),
]);
export type BeginApproval = z.output<typeof beginApprovalIn>;
export type ApprovalAction = BeginApproval['action'];

/**
 * What is signed, member for member: the challenge is the SHA-256 of its RFC 8785 canonical JSON.
 * Whoever shows it to the person can compute the challenge and compare.
 */
export const approvalDocument = z.strictObject({
  version: z.literal(1),
  action: z.string(),
  amountMinor: z.int().nullable(),
  currency: z.string().nullable(),
  /** Who or what is paid, in one unambiguous form. */
  payee: z.string().nullable(),
  idempotencyKey: z.string(),
  user: idOut('user'),
  session: idOut('session'),
  nonce: z.string(),
  /** ISO 8601. */
  expiry: z.string(),
});
export type ApprovalDocument = z.infer<typeof approvalDocument>;

export const approvalCeremony = z.strictObject({
  approvalId: idOut('approval'),
  document: approvalDocument,
  options: authenticationOptions,
  /** The person's device keys that may sign it instead of a passkey. None where only a person himself may. */
  deviceKeyIds: z.array(idOut('deviceKey')),
  expiresAt: z.date(),
});

/** A passkey's assertion over the challenge. */
export const passkeyApprovalIn = z.strictObject({
  approvalId: idIn('approval'),
  response: authenticationResponse,
});
export type PasskeyApproval = z.output<typeof passkeyApprovalIn>;

/**
 * What the bytes that a device key signs begin with: these characters as UTF-8, then one zero byte, then the 32 bytes
 * of the challenge. So that the signature is good for nothing else that such a key may ever sign.
 */
export const deviceKeySignatureDomain = 'errand-dash/device-key-signature/v1';

/** A device key's Ed25519 signature over the challenge, behind {@link deviceKeySignatureDomain}. */
export const deviceKeyApprovalIn = z.strictObject({
  approvalId: idIn('approval'),
  deviceKeyId: idIn('deviceKey'),
  signature: ed25519Signature,
});
export type DeviceKeyApproval = z.output<typeof deviceKeyApprovalIn>;

/** The signature that a signed mutation carries beside its own input. */
export const approvalIn = z.union([passkeyApprovalIn, deviceKeyApprovalIn]);
export type Approval = z.output<typeof approvalIn>;

export const enrollDeviceKeyIn = z.strictObject({ ...newDeviceKey, approval: approvalIn });
export const revokeDeviceKeyIn = z.strictObject({ ...namedDeviceKey, approval: approvalIn });
