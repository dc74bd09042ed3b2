import { type ApprovalDocument, approvalDocument } from '@errand-dash/contract';
import { canonicalJson } from '../../canonical-json.ts';
import { open, type SealedPlace, type SealingKey, seal } from '../../sealing.ts';

/** What was signed, for nobody but the person and who has to prove it: it names bank accounts. */
export function sealDocument(
  key: SealingKey,
  approvalId: string,
  document: ApprovalDocument,
  random: (bytes: number) => Uint8Array,
): Buffer {
  return seal(key, placeOf(approvalId), canonicalJson(document), random);
}

/** Throws `SealBroken` for what {@link sealDocument} has not made for this approval under this key. */
export function openDocument(key: SealingKey, approvalId: string, sealed: Uint8Array): ApprovalDocument {
  return approvalDocument.parse(JSON.parse(open([key], placeOf(approvalId), sealed).toString('utf8')));
}

const placeOf = (approvalId: string): SealedPlace => ({
  table: 'approvals',
  row: approvalId,
  column: 'document_sealed',
});
