import type { TransferRecord } from '../books/records.ts';
import type { SandboxContext } from '../sandbox-context.ts';
import { fullTransfer } from './transfer-body.ts';

export type ApprovalAnswer = 'approved' | 'rejected' | 'blocked' | 'stopped';

/** The vendor says "a few seconds". */
const APPROVAL_TIMEOUT_SECONDS = 5;

/**
 * Asks the merchant whether a transfer may go: 200 lets it go, 400 rejects it, anything else or silence
 * blocks it. The shape of the question is not published; it is the transfer itself, unsigned.
 */
export async function askApproval(
  context: SandboxContext,
  record: TransferRecord,
  stopping: AbortSignal,
): Promise<ApprovalAnswer> {
  if (context.approvalUrl === null) {
    return 'approved';
  }
  try {
    const response = await fetch(context.approvalUrl, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(fullTransfer(context, context.books, record)),
      redirect: 'manual',
      signal: AbortSignal.any([stopping, AbortSignal.timeout(APPROVAL_TIMEOUT_SECONDS * 1_000)]),
    });
    await response.body?.cancel();
    if (response.status === 200) {
      return 'approved';
    }
    return response.status === 400 ? 'rejected' : 'blocked';
  } catch {
    return stopping.aborted ? 'stopped' : 'blocked';
  }
}
