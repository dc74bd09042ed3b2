import { type ApprovalDocument, formatId } from '@errand-dash/contract';
import type { SignedTerms } from '../signing/signed-action.ts';

/** What a document is made of beside the terms of the action. */
export interface DocumentPlace {
  action: string;
  idempotencyKey: string;
  userId: string;
  sessionId: string;
  nonce: Uint8Array;
  expiresAt: Date;
}

/** What is signed. Its members and their forms are the contract's; the hash of its canonical JSON is the challenge. */
export function approvalDocumentOf(terms: SignedTerms, place: DocumentPlace): ApprovalDocument {
  return {
    version: 1,
    action: place.action,
    amountMinor: terms.amountMinor === null ? null : Number(terms.amountMinor),
    currency: terms.currency,
    payee: terms.payee,
    idempotencyKey: place.idempotencyKey,
    user: formatId('user', place.userId),
    session: formatId('session', place.sessionId),
    nonce: Buffer.from(place.nonce).toString('base64url'),
    expiry: place.expiresAt.toISOString(),
  };
}

/** What speaks against trying an approval before its signature is looked at, for the log; or null. */
export function approvalProblem(
  approval: { state: string; expiresAt: Date; sessionId: string; action: string },
  attempt: { sessionId: string; action: string; now: Date },
): string | null {
  if (approval.state !== 'open') return 'it was tried before';
  if (approval.expiresAt <= attempt.now) return 'it has expired';
  if (approval.sessionId !== attempt.sessionId) return 'another session';
  if (approval.action !== attempt.action) return 'another action';
  return null;
}
