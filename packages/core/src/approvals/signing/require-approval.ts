import { timingSafeEqual } from 'node:crypto';
import type { Approval, ApprovalAction, DeviceKeyApproval, PasskeyApproval } from '@errand-dash/contract';
import type { Tx } from '@errand-dash/db';
import { advanceCounter, findPasskeyByCredentialId, verifyAssertion } from '../../auth/index.ts';
import { canonicalHash } from '../../canonical-json.ts';
import type { CommandContext } from '../../command.ts';
import { isRefusal, orThrow, type Refusal, refuse } from '../../refusal.ts';
import type { UserViewer } from '../../users/index.ts';
import {
  type KeptAssertion,
  type KeptDeviceSignature,
  lockApproval,
  type StoredApproval,
  saveAccepted,
  saveRefused,
} from '../approval.store.ts';
import { lockDeviceKey, saveDeviceKeyUsed } from '../device-keys/device-key.store.ts';
import { verifyDeviceSignature } from '../device-keys/device-signature.ts';
import { approvalDocumentOf, approvalProblem } from '../documents/approval-document.rules.ts';
import { requireSigner } from './require-signer.ts';
import type { SignedAction, SignedInput, SigningLimit } from './signed-action.ts';
import { signedTermsOf } from './signed-terms.ts';

/**
 * Lets an action through if the person signed exactly it, and makes the signature the authority of what it posts.
 * What should have been signed is derived again from the action's own input, key and session; nonce and expiry are
 * those of the approval. Any attempt of the person's consumes the approval, so that the refusal, always
 * `SIGNATURE_REFUSED` without saying why, must be returned by the command and never thrown.
 */
export async function requireApproval<A extends ApprovalAction>(
  tx: Tx,
  context: CommandContext,
  action: SignedAction<A, SigningLimit>,
  input: SignedInput<A>,
  approval: Approval,
): Promise<Refusal | null> {
  const viewer = orThrow(requireSigner(context.viewer, action));
  const stored = await lockApproval(tx, approval.approvalId);
  // What belongs to somebody else is not consumed: nobody can spoil another's.
  if (stored === null || stored.userId !== viewer.userId)
    return refused(context, approval, 'no such approval');
  const problem = approvalProblem(stored, {
    sessionId: viewer.sessionId,
    action: action.name,
    now: context.now,
  });
  if (stored.state !== 'open') return refused(context, approval, problem);
  const failure =
    problem ??
    (await documentProblem(tx, context, viewer, stored, action, input)) ??
    (await signatureProblem(tx, context, viewer, stored, approval));
  if (failure !== null) {
    await saveRefused(tx, stored.id, { now: context.now, reason: failure });
    return refused(context, approval, failure);
  }
  const detail = `${action.name} ${context.idempotencyKey}`;
  context.authority = { kind: action.by === 'owner' ? 'passkey' : 'operator', reference: stored.id, detail };
  return null;
}

/** Whether the person was asked to sign what he now does. */
async function documentProblem<A extends ApprovalAction>(
  tx: Tx,
  context: CommandContext,
  { userId, sessionId }: UserViewer,
  stored: StoredApproval,
  action: SignedAction<A, SigningLimit>,
  input: SignedInput<A>,
): Promise<string | null> {
  const terms = await signedTermsOf(tx, action, input, {
    userId,
    sessionId,
    dataKey: context.dataKey,
    now: context.now,
  });
  if (isRefusal(terms)) return `the action has no terms: ${terms.code}`;
  const document = approvalDocumentOf(terms, {
    action: action.name,
    idempotencyKey: context.idempotencyKey ?? '',
    userId,
    sessionId,
    nonce: stored.nonce,
    expiresAt: stored.expiresAt,
  });
  return timingSafeEqual(canonicalHash(document), stored.challenge) ? null : 'another action was signed';
}

/** Whether one of the keys signed it that were asked for, as the action takes them. Keeps the signature where it is. */
async function signatureProblem(
  tx: Tx,
  context: CommandContext,
  { userId }: UserViewer,
  stored: StoredApproval,
  approval: Approval,
): Promise<string | null> {
  const kept =
    'response' in approval
      ? await keepAssertion(tx, context, userId, stored, approval)
      : await keepDeviceSignature(tx, context, stored, approval);
  if (typeof kept === 'string') return kept;
  await saveAccepted(tx, stored.id, { now: context.now, kept });
  return null;
}

/** The assertion of one of the passkeys that were asked for, its counter advanced; or what is wrong with it. */
async function keepAssertion(
  tx: Tx,
  context: CommandContext,
  userId: string,
  stored: StoredApproval,
  { response }: PasskeyApproval,
): Promise<KeptAssertion | string> {
  const passkey = await findPasskeyByCredentialId(tx, response.id);
  if (passkey === null || passkey.userId !== userId) return 'the passkey is unknown';
  if (!stored.allowedPasskeyIds.includes(passkey.passkeyId)) return 'another passkey was asked for';
  const { challenge, origins, rpId } = stored;
  const expected = { challenge, origins, rpId, isUserHandleRequired: false };
  const verdict = await verifyAssertion(response, passkey, expected);
  if (!verdict.isVerified) return verdict.reason;
  const isAhead = await advanceCounter(tx, passkey.passkeyId, { ...verdict, now: context.now });
  if (!isAhead) return 'the counter is not ahead';
  return {
    means: 'passkey',
    credentialId: passkey.credentialId,
    publicKey: passkey.publicKey,
    clientDataJson: Buffer.from(response.response.clientDataJSON, 'base64url'),
    authenticatorData: Buffer.from(response.response.authenticatorData, 'base64url'),
    signature: Buffer.from(response.response.signature, 'base64url'),
  };
}

/** The signature of one of the device keys that were asked for, while it is not revoked; or what is wrong with it. */
async function keepDeviceSignature(
  tx: Tx,
  context: CommandContext,
  stored: StoredApproval,
  approval: DeviceKeyApproval,
): Promise<KeptDeviceSignature | string> {
  const { deviceKeyId } = approval;
  if (!stored.allowedDeviceKeyIds.includes(deviceKeyId)) return 'another device key was asked for';
  const key = await lockDeviceKey(tx, deviceKeyId);
  if (key === null) return 'the device key is unknown';
  if (key.revokedAt !== null) return 'the device key was revoked';
  const { publicKey } = key;
  const signature = Buffer.from(approval.signature, 'base64url');
  if (!verifyDeviceSignature({ publicKey, challenge: stored.challenge, signature })) {
    return 'the signature does not verify';
  }
  await saveDeviceKeyUsed(tx, deviceKeyId, context.now);
  return { means: 'device_key', deviceKeyId, publicKey, signature };
}

function refused({ core, audit }: CommandContext, { approvalId }: Approval, reason: string | null): Refusal {
  audit({ subjects: [{ type: 'approval', id: approvalId }], data: { reason } });
  core.log('warn', 'a signature was refused', { approvalId, reason });
  return refuse('SIGNATURE_REFUSED', {});
}
