import type { ApprovalDocument, BeginApproval } from '@errand-dash/contract';
import { findPasskeysByUser, type SignInOptions, signInOptions } from '../../auth/index.ts';
import { canonicalHash } from '../../canonical-json.ts';
import { after } from '../../clock.ts';
import { type Command, question } from '../../command.ts';
import { orThrow, refuse } from '../../refusal.ts';
import { approvalInsertion } from '../approval.store.ts';
import { findLiveDeviceKeyIds } from '../device-keys/device-key.store.ts';
import { approvalDocumentOf } from '../documents/approval-document.rules.ts';
import { sealDocument } from '../documents/sealed-document.ts';
import { requireSigner } from './require-signer.ts';
import type { SignedAction, SignedActions } from './signed-action.ts';
import { signedTermsOf } from './signed-terms.ts';

/** What a person is asked to sign. */
export interface StartedApproval {
  approvalId: string;
  document: ApprovalDocument;
  options: SignInOptions;
  /** The device keys of the person's that may sign it too. */
  deviceKeyIds: readonly string[];
  expiresAt: Date;
}

/**
 * Makes the command that asks a person to sign an action with one of his passkeys, or where the action takes
 * one with a device key of his: this action, with this input and
 * under this key, in this session, once and soon. Refuses with `SESSION_MISSING`, with `PASSKEY_MISSING` where he has
 * nothing to sign it with, with `ROLE_MISSING` where the action is an operator's, and with what the action's own terms
 * refuse with, such as `OBJECT_NOT_FOUND`.
 */
export function beginApprovalOf(signedActions: SignedActions): Command<BeginApproval, StartedApproval> {
  return question('approvals.begin', async (tx, input, context) => {
    const { core, now, policy } = context;
    const { action, idempotencyKey, ...given } = input;
    // The row of an action takes the input of that action; TypeScript cannot carry that through the union.
    const row = signedActions[action] as SignedAction;
    const { userId, sessionId } = orThrow(requireSigner(context.viewer, row));
    const signer = { userId, sessionId, dataKey: context.dataKey, now };
    const terms = orThrow(await signedTermsOf(tx, row, given, signer));
    const id = context.newId();
    const nonce = context.random(NONCE_BYTES);
    const expiresAt = after(now, policy.auth.challengeSeconds);
    const place = { action, idempotencyKey, userId, sessionId, nonce, expiresAt };
    const document = approvalDocumentOf(terms, place);
    const challenge = canonicalHash(document);
    const deviceKeyIds = row.means.includes('device_key') ? await findLiveDeviceKeyIds(tx, userId) : [];
    const passkeys = await findPasskeysByUser(tx, userId);
    if (passkeys.length + deviceKeyIds.length === 0) return { refusal: refuse('PASSKEY_MISSING', {}) };
    const approval = approvalInsertion({
      id,
      userId,
      sessionId,
      action,
      nonce,
      challenge,
      documentSealed: sealDocument(context.dataKey(), id, document, context.random),
      rpId: core.auth.rpId,
      origins: core.auth.origins,
      allowedPasskeyIds: passkeys.map(({ passkeyId }) => passkeyId),
      allowedDeviceKeyIds: deviceKeyIds,
      createdAt: now,
      expiresAt,
    });
    const allowed = passkeys.map(({ descriptor }) => descriptor);
    const options = signInOptions(core.auth, challenge, allowed, policy.auth.challengeSeconds);
    return { result: { approvalId: id, document, options, deviceKeyIds, expiresAt }, writes: [approval] };
  });
}

const NONCE_BYTES = 32;
