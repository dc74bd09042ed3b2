import type { TransferRecord, TransferStatus } from '../books/records.ts';

/** What can become of a transfer. The first status is the answer to its creation; the rest follows. */
const OUTCOMES = {
  success: ['success'],
  pending_then_success: ['pending', 'success'],
  pending: ['pending'],
  failed: ['pending', 'failed'],
  reversed: ['pending', 'reversed'],
  success_then_reversed: ['pending', 'success', 'reversed'],
  otp: ['otp'],
  abandoned: ['otp', 'abandoned'],
  received: ['received'],
  blocked: ['received', 'blocked'],
  rejected: ['received', 'rejected'],
} as const satisfies Record<string, readonly [TransferStatus, ...TransferStatus[]]>;

export type TransferOutcome = keyof typeof OUTCOMES;

export const transferOutcomes = Object.keys(OUTCOMES) as [TransferOutcome, ...TransferOutcome[]];

export interface TransferCourse {
  readonly status: TransferStatus;
  readonly steps: TransferRecord['steps'];
}

/** Where a transfer starts and what follows. With an approval URL money waits for its answer first. */
export function courseOf(outcome: TransferOutcome, asksApproval: boolean): TransferCourse {
  const [first, ...rest] = OUTCOMES[outcome];
  const isSending = first === 'pending' || first === 'success';
  return asksApproval && isSending
    ? { status: 'received', steps: ['approval', first, ...rest] }
    : { status: first, steps: rest };
}

/** The statuses after which the money is back in the balance. */
const RETURNED: readonly TransferStatus[] = ['failed', 'reversed', 'abandoned', 'blocked', 'rejected'];

export function isReturned(status: TransferStatus): boolean {
  return RETURNED.includes(status);
}

/** `success` is called final, and yet is reversed at times; nothing follows a return of the money. */
export function canBecome(from: TransferStatus, to: TransferStatus): boolean {
  if (from === to || isReturned(from)) {
    return false;
  }
  return from !== 'success' || to === 'reversed';
}
