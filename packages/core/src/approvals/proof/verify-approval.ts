import { type ApprovalDocument, formatId } from '@errand-dash/contract';
import { canonicalHash } from '../../canonical-json.ts';
import type { Core } from '../../core.ts';
import { findDataKeys } from '../../find-data-keys.ts';
import { SealBroken } from '../../sealing.ts';
import { findApproval, findTakenBy, type StoredApproval } from '../approval.store.ts';
import { openDocument } from '../documents/sealed-document.ts';
import type { SignedAction, SignedActions } from '../signing/signed-action.ts';
import { type ProvedSigner, proveSigner } from './prove-signer.ts';

/** Whether an approval proves what was done by it: who signed what, when and with what, and what was posted. */
export type ApprovalProof =
  | {
      isProven: true;
      document: ApprovalDocument;
      signedAt: Date;
      signer: ProvedSigner;
      transferSetIds: string[];
    }
  | { isProven: false; reason: string };

/** Proves an approval again, by its bare id. */
export type VerifyApproval = (
  core: Pick<Core, 'db' | 'keyring'>,
  approvalId: string,
) => Promise<ApprovalProof>;

/**
 * Makes what proves again, at any time, that a person signed what was done in his name: the document is the one whose
 * hash was signed; the signature verifies, by a passkey or a device key that was his then, whatever became of it
 * since; it came in time; and what was posted by it moved away from him exactly what the document says. It asks
 * nothing but the database and the keys that seal in it.
 */
export function verifyApprovalOf(signedActions: SignedActions): VerifyApproval {
  return async (core, approvalId) => {
    const stored = await findApproval(core.db, approvalId);
    if (stored === null) return unproven('there is no such approval');
    const { kept, consumedAt } = stored;
    if (stored.state !== 'accepted' || kept === null || consumedAt === null) {
      return unproven('nothing was signed');
    }
    const document = await readDocument(core, stored);
    if (typeof document === 'string') return unproven(document);
    const problem = documentProblem(stored, document, consumedAt);
    if (problem !== null) return unproven(problem);
    const signer = await proveSigner(core.db, stored, kept, consumedAt);
    if (typeof signer === 'string') return unproven(signer);
    const { setIds, taken } = await findTakenBy(core.db, stored);
    const signed = !document.amountMinor ? [] : [[document.currency, BigInt(document.amountMinor)]];
    const posted = taken.map(({ currency, amountMinor }) => [currency, amountMinor]);
    const isSame = signed.length === posted.length && String(signed) === String(posted);
    if (!isSame) return unproven('the transfers are not what was signed');
    const rows: Readonly<Record<string, Pick<SignedAction, 'doneProblem'> | undefined>> = signedActions;
    const doneProblem = await rows[stored.action]?.doneProblem?.(core.db, approvalId, document);
    if (typeof doneProblem === 'string') return unproven(doneProblem);
    return { isProven: true, document, signedAt: consumedAt, signer, transferSetIds: setIds };
  };
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

function documentProblem(
  stored: StoredApproval,
  document: ApprovalDocument,
  consumedAt: Date,
): string | null {
  if (!canonicalHash(document).equals(stored.challenge)) return 'the challenge is not of this document';
  const isOfRow =
    document.user === formatId('user', stored.userId) &&
    document.session === formatId('session', stored.sessionId) &&
    document.action === stored.action &&
    document.expiry === stored.expiresAt.toISOString();
  if (!isOfRow) return 'the document is not of this approval';
  return consumedAt < stored.expiresAt ? null : 'it came too late';
}
