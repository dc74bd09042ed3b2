import { postToBalance } from '../balance/post-to-balance.ts';
import type { Draft } from '../books/books.ts';
import type { TransferRecord, TransferStatus } from '../books/records.ts';
import { enqueueWebhook } from '../deliveries/enqueue-webhook.ts';
import type { SandboxContext } from '../sandbox-context.ts';
import { type ApprovalAnswer, askApproval } from './ask-approval.ts';
import { eventTransfer } from './transfer-body.ts';
import { isReturned } from './transfer-outcomes.ts';

/** Brings a transfer into another status, with the money and the webhook that go with it. */
export function moveTransfer(
  context: SandboxContext,
  draft: Draft,
  record: TransferRecord,
  to: TransferStatus,
): TransferRecord {
  const now = context.now();
  const moved: TransferRecord = {
    ...record,
    status: to,
    updatedAt: now.toISOString(),
    transferredAt: to === 'success' ? now.toISOString() : record.transferredAt,
  };
  draft.put('transfer', record.reference, moved);
  if (isReturned(to)) {
    postToBalance(draft, {
      currency: record.currency,
      differenceMinor: record.amountMinor + record.feeMinor,
      reason: `Transfer ${to}`,
      modelResponsible: 'Transfer',
      modelRow: record.id,
      now,
    });
  }
  announceTransfer(context, draft, moved);
  return moved;
}

/** Only these three have an event; the others are found out by asking. */
export function announceTransfer(context: SandboxContext, draft: Draft, record: TransferRecord): void {
  const { status, reference } = record;
  if (status !== 'success' && status !== 'failed' && status !== 'reversed') {
    return;
  }
  const data = eventTransfer(context, draft, record);
  enqueueWebhook(context, draft, { event: `transfer.${status}`, reference, data });
}

/** Sets the moment of the next step, if there is one. An approval is asked for at once. */
export function scheduleStep(
  context: SandboxContext,
  draft: Draft,
  record: TransferRecord,
  since: Date,
): void {
  const [next] = record.steps;
  if (next === undefined) {
    draft.remove('dueTransfer', record.reference);
    return;
  }
  const waitSeconds = next === 'approval' ? 0 : context.transferStepSeconds;
  const dueAt = new Date(since.getTime() + waitSeconds * 1_000).toISOString();
  draft.put('dueTransfer', record.reference, dueAt);
}

export interface TransferClock {
  /** Carries out every step that is due and says when that is over. */
  stepDue(): Promise<void>;
  isBusy(): boolean;
  /** Breaks off what is under way; it stays due. */
  stop(): Promise<void>;
}

/** Moves transfers on as their steps come due. */
export function createTransferClock(context: SandboxContext): TransferClock {
  const asking = new Map<string, Promise<void>>();
  const stopping = new AbortController();
  return {
    stepDue: async () => {
      const now = context.now().toISOString();
      const due = context.books
        .keys('dueTransfer')
        .filter((reference) => (context.books.get('dueTransfer', reference) ?? now) <= now)
        .filter((reference) => !asking.has(reference));
      for (const reference of stopping.signal.aborted ? [] : due) {
        const record = context.books.get('transfer', reference);
        if (record?.steps[0] === 'approval') {
          const asked = settleApproval(context, reference, stopping.signal);
          asking.set(
            reference,
            asked.finally(() => asking.delete(reference)),
          );
        } else {
          context.books.commit((draft) => takeStep(context, draft, reference));
        }
      }
      await Promise.all(asking.values());
    },
    isBusy: () => asking.size > 0,
    stop: async () => {
      stopping.abort();
      await Promise.all(asking.values());
    },
  };
}

/** The step after counts from when this one was due, so that a clock moved by a day catches up. */
function takeStep(context: SandboxContext, draft: Draft, reference: string): void {
  const record = draft.get('transfer', reference);
  const dueAt = draft.get('dueTransfer', reference);
  const [next, ...rest] = record?.steps ?? [];
  if (record === undefined || dueAt === undefined || next === undefined || next === 'approval') {
    draft.remove('dueTransfer', reference);
    return;
  }
  const moved = moveTransfer(context, draft, { ...record, steps: rest }, next);
  scheduleStep(context, draft, moved, new Date(dueAt));
}

async function settleApproval(
  context: SandboxContext,
  reference: string,
  stopping: AbortSignal,
): Promise<void> {
  const asked = context.books.get('transfer', reference);
  if (asked === undefined) {
    return;
  }
  const answer = await askApproval(context, asked, stopping);
  if (answer === 'stopped') {
    return;
  }
  context.books.commit((draft) => followApproval(context, draft, reference, answer));
}

function followApproval(
  context: SandboxContext,
  draft: Draft,
  reference: string,
  answer: Exclude<ApprovalAnswer, 'stopped'>,
): void {
  const record = draft.get('transfer', reference);
  if (record === undefined || record.steps[0] !== 'approval') {
    return;
  }
  const [, first, ...rest] = record.steps;
  if (answer !== 'approved' || first === undefined || first === 'approval') {
    const to = answer === 'approved' ? 'pending' : answer;
    const moved = moveTransfer(context, draft, { ...record, steps: [] }, to);
    scheduleStep(context, draft, moved, context.now());
    return;
  }
  const moved = moveTransfer(context, draft, { ...record, steps: rest }, first);
  scheduleStep(context, draft, moved, context.now());
}
