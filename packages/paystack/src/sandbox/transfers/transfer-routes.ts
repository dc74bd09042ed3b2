import * as z from 'zod';
import { type Answer, invalid, notFound, refusal, success } from '../answer.ts';
import { postToBalance } from '../balance/post-to-balance.ts';
import { transferFeeMinor } from '../balance/provider-fees.ts';
import type { Draft } from '../books/books.ts';
import type { RecipientRecord, TransferRecord } from '../books/records.ts';
import { balanceInsufficient } from '../faults/apply-http-fault.ts';
import { concerns, takeFault, transferFaultSchema } from '../faults/fault-plan.ts';
import { listing, type Query } from '../listing.ts';
import { type Route, textOf } from '../route.ts';
import { codeFor, type SandboxContext } from '../sandbox-context.ts';
import { createdTransfer, fullTransfer } from './transfer-body.ts';
import { courseOf } from './transfer-outcomes.ts';
import { announceTransfer, scheduleStep } from './transfer-steps.ts';

/** The routes of transfers: initiate, verify, list. */
export function transferRoutes(context: SandboxContext): Route[] {
  return [
    {
      method: 'post',
      path: '/transfer',
      endpoint: 'POST /transfer',
      referenceOf: ({ body }) => textOf(body, 'reference'),
      handle: ({ body }) => initiate(context, body),
    },
    {
      method: 'get',
      path: '/transfer/verify/:reference',
      endpoint: 'GET /transfer/verify',
      referenceOf: ({ params }) => params.reference ?? null,
      handle: ({ params }) => verify(context, params.reference ?? ''),
    },
    {
      method: 'get',
      path: '/transfer',
      endpoint: 'GET /transfer',
      handle: ({ query }) => list(context, query),
    },
  ];
}

/** Schema TransferInitiate; the reference's rule is in the vendor's guide to transfer references. */
const initiateSchema = z.object({
  source: z.literal('balance', { error: 'source must be balance' }),
  amount: z
    .int({ error: 'amount must be a positive integer in the subunit of the currency' })
    .positive({ error: 'amount must be a positive integer in the subunit of the currency' }),
  recipient: z.string({ error: 'recipient is required' }),
  reference: z.string({ error: 'reference is required' }).regex(/^[a-z0-9_-]{16,50}$/, {
    error: 'reference must be 16 to 50 characters of a-z, 0-9, "_" and "-"',
  }),
  reason: z.string({ error: 'reason must be text' }).max(500).optional(),
  currency: z.enum(['NGN', 'ZAR', 'KES', 'GHS'], { error: 'currency is not supported' }).default('NGN'),
});

function initiate(context: SandboxContext, body: unknown): Answer {
  const parsed = initiateSchema.safeParse(body);
  if (!parsed.success) {
    return invalid(parsed.error.issues[0]?.message ?? 'The request is not valid');
  }
  const input = parsed.data;
  return context.books.commit((draft) => {
    if (draft.get('transfer', input.reference) !== undefined) {
      return refusal(
        400,
        'Please provide a unique reference. Reference already exists on a transfer',
        'duplicate_transfer_reference',
        'Create a new reference for the new transfer',
      );
    }
    const recipient = draft.get('recipient', input.recipient);
    if (recipient === undefined || recipient.currency !== input.currency) {
      return refusal(
        400,
        'Recipient specified is invalid',
        'invalid_transfer_recipient',
        'Provide a valid recipient. Ensure you are passing the recipient code in the recipient param',
      );
    }
    return create(context, draft, input, recipient);
  });
}

/** Amount and fee leave the balance now, whatever becomes of the transfer later. */
function create(
  context: SandboxContext,
  draft: Draft,
  input: z.infer<typeof initiateSchema>,
  recipient: RecipientRecord,
): Answer {
  const feeMinor = transferFeeMinor(input.amount, input.currency);
  const debitMinor = input.amount + feeMinor;
  if ((draft.get('balance', input.currency) ?? 0) < debitMinor) {
    return balanceInsufficient();
  }
  const fault = takeFault(draft, transferFaultSchema, (planned) => concerns(planned, input.reference));
  const asksApproval = context.approvalUrl !== null;
  const { status, steps } = courseOf(fault?.outcome ?? context.transferOutcome, asksApproval);
  const id = draft.nextId();
  const now = context.now();
  const record: TransferRecord = {
    id,
    reference: input.reference,
    transferCode: codeFor(context, 'TRF_', id),
    recipientCode: recipient.recipientCode,
    amountMinor: input.amount,
    feeMinor,
    currency: input.currency,
    reason: input.reason ?? '',
    status,
    steps,
    createdAt: now.toISOString(),
    updatedAt: now.toISOString(),
    transferredAt: status === 'success' ? now.toISOString() : null,
  };
  draft.put('transfer', record.reference, record);
  postToBalance(draft, {
    currency: record.currency,
    differenceMinor: -debitMinor,
    reason: record.reason,
    modelResponsible: 'Transfer',
    modelRow: id,
    now,
  });
  announceTransfer(context, draft, record);
  scheduleStep(context, draft, record, now);
  const message = status === 'otp' ? 'Transfer requires OTP to continue' : 'Transfer has been queued';
  return success(message, createdTransfer(context, draft, record));
}

function verify(context: SandboxContext, reference: string): Answer {
  const record = context.books.get('transfer', reference);
  return record === undefined
    ? notFound('Transfer not found')
    : success('Transfer retrieved', fullTransfer(context, context.books, record));
}

function list(context: SandboxContext, query: Query): Answer {
  const rows = context.books
    .all('transfer')
    .filter((record) => query.status === undefined || record.status === query.status)
    .filter((record) => query.recipient === undefined || record.recipientCode === query.recipient);
  return listing({
    message: 'Transfers retrieved',
    rows,
    query,
    perPageName: 'per_page',
    cursor: { name: 'transfer', end: null },
    present: (record) => fullTransfer(context, context.books, record),
  });
}
