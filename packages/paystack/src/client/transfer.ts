import * as z from 'zod';
import {
  amountField,
  currencyField,
  idField,
  optionalAmountField,
  optionalInstantField,
  optionalTextField,
  textField,
} from './field.ts';
import {
  FROM_THE_START,
  type ListPage,
  type ListPosition,
  listPageSchema,
  perPageText,
  positionQuery,
} from './paging.ts';
import { requireReadableReference, requireReference } from './reference.ts';
import { type PaystackConnection, sendRequest } from './request.ts';
import type { PaystackResult } from './result.ts';
import { toWireAmount } from './wire-amount.ts';

export interface InitiateTransfer {
  readonly amountMinor: bigint;
  readonly currency: string;
  readonly recipientCode: string;
  readonly reference: string;
  readonly reason?: string;
}

const TRANSFER_STATUSES = [
  'pending',
  'otp',
  'received',
  'success',
  'failed',
  'reversed',
  'abandoned',
  'blocked',
  'rejected',
] as const;

/** `unrecognised` is a status that Paystack added since; it settles nothing. */
export type TransferStatus = (typeof TRANSFER_STATUSES)[number] | 'unrecognised';

export interface PaystackTransfer {
  readonly id: string;
  /** `test` or `live`. */
  readonly domain: string;
  readonly status: TransferStatus;
  readonly reference: string;
  readonly transferCode: string;
  readonly amountMinor: bigint;
  readonly currency: string;
  /** What Paystack took besides the amount; null where the answer does not carry it. */
  readonly feeChargedMinor: bigint | null;
  /** Null in the answer to initiateTransfer, which names the recipient by its id only. */
  readonly recipientCode: string | null;
  readonly reason: string | null;
  readonly gatewayResponse: string | null;
  /** The interbank session, by which a bank traces the payment. */
  readonly sessionId: string | null;
  readonly createdAt: Date | null;
  readonly transferredAt: Date | null;
}

const statusField = z.string().transform((text): TransferStatus => {
  return TRANSFER_STATUSES.find((status) => status === text) ?? 'unrecognised';
});

const recipientField = z.union([
  idField.transform(() => null),
  z.looseObject({ recipient_code: optionalTextField }).transform((recipient) => recipient.recipient_code),
]);

export const transferSchema = z
  .looseObject({
    id: idField,
    domain: textField,
    status: statusField,
    reference: textField,
    transfer_code: textField,
    amount: amountField,
    currency: currencyField,
    fee_charged: optionalAmountField,
    recipient: recipientField,
    reason: optionalTextField,
    gateway_response: optionalTextField,
    session: z.looseObject({ id: optionalTextField }).nullish(),
    createdAt: optionalInstantField,
    created_at: optionalInstantField,
    transferred_at: optionalInstantField,
  })
  .transform(
    (data): PaystackTransfer => ({
      id: data.id,
      domain: data.domain,
      status: data.status,
      reference: data.reference,
      transferCode: data.transfer_code,
      amountMinor: data.amount,
      currency: data.currency,
      feeChargedMinor: data.fee_charged,
      recipientCode: data.recipient,
      reason: data.reason,
      gatewayResponse: data.gateway_response,
      sessionId: data.session?.id ?? null,
      createdAt: data.createdAt ?? data.created_at,
      transferredAt: data.transferred_at,
    }),
  );

/**
 * Sends money out of the balance. Anything but `ok` and `refused` leaves the effect open: ask
 * verifyTransfer, or send again with the same reference; `duplicate_reference` means it exists.
 */
export async function initiateTransfer(
  connection: PaystackConnection,
  input: InitiateTransfer,
): Promise<PaystackResult<PaystackTransfer>> {
  const reference = requireReference(input.reference);
  const schema = z
    .looseObject({ data: transferSchema })
    .refine(({ data }) => data.reference === reference, { path: ['data', 'reference'] });
  const body = {
    source: 'balance',
    amount: toWireAmount(input.amountMinor),
    currency: input.currency,
    recipient: input.recipientCode,
    reference,
    reason: input.reason,
  };
  const result = await sendRequest(connection, { method: 'POST', path: '/transfer', body }, schema);
  return result.outcome === 'ok' ? { outcome: 'ok', value: result.value.data } : result;
}

/** What Paystack says of a transfer now. `notFound` soon after sending may mean it is still being checked. */
export async function verifyTransfer(
  connection: PaystackConnection,
  reference: string,
): Promise<PaystackResult<PaystackTransfer>> {
  const path = `/transfer/verify/${encodeURIComponent(requireReadableReference(reference))}`;
  const schema = z
    .looseObject({ data: transferSchema })
    .refine(({ data }) => data.reference === reference, { path: ['data', 'reference'] });
  const result = await sendRequest(connection, { method: 'GET', path }, schema);
  return result.outcome === 'ok' ? { outcome: 'ok', value: result.value.data } : result;
}

export interface ListTransfers {
  readonly from?: Date;
  readonly to?: Date;
  readonly status?: Exclude<TransferStatus, 'unrecognised'>;
  readonly recipientCode?: string;
  readonly perPage?: number;
  /** Left out: from the start, by cursor. */
  readonly position?: ListPosition;
}

/** One page of transfers, newest first; pass `next` back as `position` until it is null. */
export async function listTransfers(
  connection: PaystackConnection,
  input: ListTransfers,
): Promise<PaystackResult<ListPage<PaystackTransfer>>> {
  const position = input.position ?? FROM_THE_START;
  const query = {
    ...positionQuery(position),
    per_page: perPageText(input.perPage),
    from: input.from?.toISOString(),
    to: input.to?.toISOString(),
    status: input.status,
    recipient: input.recipientCode,
  };
  const request = { method: 'GET', path: '/transfer', query } as const;
  return sendRequest(connection, request, listPageSchema(transferSchema, position));
}
