import { type ApprovalDocument, formatId } from '@errand-dash/contract';
import { verifyAssertion } from '../auth/index.ts';
import { canonicalHash } from '../canonical-json.ts';
import type { Core } from '../core.ts';
import { findDataKeys } from '../find-data-keys.ts';
import { SealBroken } from '../sealing.ts';
import { findApproval, findTakenBy, type KeptAssertion, type StoredApproval } from './approval.store.ts';
import { openDocument } from './sealed-document.ts';

/** Whether an approval proves what was done by it. */
export type ApprovalProof =
  | { isProven: true; document: ApprovalDocument; transferSetIds: string[] }
  | { isProven: false; reason: string };

/**
 * Proves again, at any time, that a person's passkey signed what was done in his name: the document is the one whose
 * hash was signed, the assertion verifies, it came in time, and what was posted by it moved away from the person
 * exactly what the document says.
 */
export async function verifyApproval(
  core: Pick<Core, 'db' | 'keyring'>,
  approvalId: string,
): Promise<ApprovalProof> {
  const stored = await findApproval(core.db, approvalId);
  if (stored === null) return unproven('there is no such approval');
  const { assertion } = stored;
  if (stored.state !== 'accepted' || assertion === null) return unproven('nothing was signed');
  const document = await readDocument(core, stored);
  if (typeof document === 'string') return unproven(document);
  const problem = documentProblem(stored, document) ?? (await assertionProblem(stored, assertion));
  if (problem !== null) return unproven(problem);
  const { setIds, taken } = await findTakenBy(core.db, stored);
  const signed = !document.amountMinor ? [] : [[document.currency, BigInt(document.amountMinor)]];
  const posted = taken.map(({ currency, amountMinor }) => [currency, amountMinor]);
  const isSame = signed.length === posted.length && String(signed) === String(posted);
  if (!isSame) return unproven('the transfers are not what was signed');
  return { isProven: true, document, transferSetIds: setIds };
}

const unproven = (reason: string): ApprovalProof => ({ isProven: false, reason });

/** The document, or why it cannot be read. */
async function readDocument(
  core: Pick<Core, 'db' | 'keyring'>,
  { id, userId, documentSealed }: StoredApproval,
): Promise<ApprovalDocument | string> {
  const key = (await findDataKeys(core.db, core, [userId])).get(userId);
  if (key === undefined) return 'the key of the document is gone';
  try {
    return openDocument(key, id, documentSealed);
  } catch (error) {
    if (error instanceof SealBroken) return 'the document was altered';
    throw error;
  }
}

function documentProblem(stored: StoredApproval, document: ApprovalDocument): string | null {
  if (!canonicalHash(document).equals(stored.challenge)) return 'the challenge is not of this document';
  const isOfRow =
    document.user === formatId('user', stored.userId) &&
    document.session === formatId('session', stored.sessionId) &&
    document.action === stored.action &&
    document.expiry === stored.expiresAt.toISOString();
  if (!isOfRow) return 'the document is not of this approval';
  const isInTime = stored.consumedAt !== null && stored.consumedAt < stored.expiresAt;
  return isInTime ? null : 'it came too late';
}

async function assertionProblem(stored: StoredApproval, assertion: KeptAssertion): Promise<string | null> {
  const { userId, challenge, origins, rpId } = stored;
  const id = Buffer.from(assertion.credentialId).toString('base64url');
  const passkey = {
    userId,
    credentialId: assertion.credentialId,
    publicKey: assertion.publicKey,
    // That the counter was ahead and the eligibility the same was seen when it was accepted.
    counter: 0,
    isBackupEligible: ((assertion.authenticatorData[FLAGS_OFFSET] ?? 0) & BACKUP_ELIGIBLE) !== 0,
  };
  const response = {
    clientDataJSON: Buffer.from(assertion.clientDataJson).toString('base64url'),
    authenticatorData: Buffer.from(assertion.authenticatorData).toString('base64url'),
    signature: Buffer.from(assertion.signature).toString('base64url'),
  };
  const expected = { challenge, origins, rpId, isUserHandleRequired: false };
  const verdict = await verifyAssertion({ id, rawId: id, type: 'public-key', response }, passkey, expected);
  return verdict.isVerified ? null : verdict.reason;
}

/** WebAuthn level 3, section 6.1: after the 32 bytes of the relying party's hash; bit 3. */
const FLAGS_OFFSET = 32;
const BACKUP_ELIGIBLE = 0b1000;
