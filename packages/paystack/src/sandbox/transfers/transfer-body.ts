import { INTEGRATION_ID } from '../balance/balance-routes.ts';
import type { Reader } from '../books/books.ts';
import type { TransferRecord } from '../books/records.ts';
import type { SandboxContext } from '../sandbox-context.ts';
import { recipientBody } from './recipient-routes.ts';
import { isReturned } from './transfer-outcomes.ts';

/** Schema TransferCreateResponse: the recipient is a number there, and no fee is named. */
export function createdTransfer(context: SandboxContext, reader: Reader, record: TransferRecord) {
  const recipient = reader.get('recipient', record.recipientCode);
  return {
    transfersessionid: [],
    transfertrials: [],
    ...sharedFields(context, record),
    request: record.id + 1,
    recipient: recipient?.id ?? null,
    createdAt: record.createdAt,
    updatedAt: record.updatedAt,
  };
}

/** Schemas TransferVerifyResponse and TransferListResponse. */
export function fullTransfer(context: SandboxContext, reader: Reader, record: TransferRecord) {
  return {
    ...eventTransfer(context, reader, record),
    integration: INTEGRATION_ID,
    request: record.id + 1,
    fees_breakdown: null,
  };
}

/** The `data` of a transfer's webhook; `integration` is an object there and a number elsewhere. */
export function eventTransfer(context: SandboxContext, reader: Reader, record: TransferRecord) {
  const recipient = reader.get('recipient', record.recipientCode);
  const isThrough = record.transferredAt !== null;
  return {
    ...sharedFields(context, record),
    integration: {
      id: INTEGRATION_ID,
      is_live: context.domain === 'live',
      business_name: 'Sandbox merchant',
    },
    createdAt: record.createdAt,
    updatedAt: record.updatedAt,
    recipient: recipient === undefined ? null : recipientBody(context, recipient),
    session: isThrough
      ? { provider: 'nip', id: `110006${String(record.id).padStart(24, '0')}` }
      : { provider: null, id: null },
    fee_charged: isReturned(record.status) ? 0 : record.feeMinor,
    gateway_response: null,
  };
}

function sharedFields(context: SandboxContext, record: TransferRecord) {
  return {
    domain: context.domain,
    amount: record.amountMinor,
    currency: record.currency,
    reference: record.reference,
    source: 'balance',
    source_details: null,
    reason: record.reason,
    status: record.status,
    failures: null,
    transfer_code: record.transferCode,
    titan_code: null,
    transferred_at: record.transferredAt,
    id: record.id,
    integration: INTEGRATION_ID,
  };
}
