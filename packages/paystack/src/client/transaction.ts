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

export interface InitializeTransaction {
  readonly email: string;
  readonly amountMinor: bigint;
  readonly currency: string;
  readonly reference: string;
  readonly callbackUrl?: string;
  readonly channels?: readonly string[];
  readonly metadata?: Readonly<Record<string, unknown>>;
}

export interface InitializedTransaction {
  readonly authorizationUrl: string;
  readonly accessCode: string;
  readonly reference: string;
}

const TRANSACTION_STATUSES = [
  'ongoing',
  'pending',
  'processing',
  'queued',
  'success',
  'failed',
  'abandoned',
  'reversed',
] as const;

/** `unrecognised` is a status that Paystack added since; it settles nothing. */
export type TransactionStatus = (typeof TRANSACTION_STATUSES)[number] | 'unrecognised';

export interface PaystackTransaction {
  readonly id: string;
  /** `test` or `live`. */
  readonly domain: string;
  readonly status: TransactionStatus;
  readonly reference: string;
  /** What the customer paid; above `requestedAmountMinor` where the customer bears the fees. */
  readonly amountMinor: bigint;
  readonly requestedAmountMinor: bigint | null;
  readonly currency: string;
  readonly feesMinor: bigint | null;
  readonly channel: string | null;
  readonly gatewayResponse: string | null;
  readonly customerCode: string | null;
  readonly metadata: unknown;
  readonly createdAt: Date | null;
  readonly paidAt: Date | null;
}

const statusField = z.string().transform((text): TransactionStatus => {
  return TRANSACTION_STATUSES.find((status) => status === text) ?? 'unrecognised';
});

export const transactionSchema = z
  .looseObject({
    id: idField,
    domain: textField,
    status: statusField,
    reference: textField,
    amount: amountField,
    requested_amount: optionalAmountField,
    currency: currencyField,
    fees: optionalAmountField,
    channel: optionalTextField,
    gateway_response: optionalTextField,
    customer: z.looseObject({ customer_code: optionalTextField }).nullish(),
    metadata: z.unknown().optional(),
    created_at: optionalInstantField,
    createdAt: optionalInstantField,
    paid_at: optionalInstantField,
    paidAt: optionalInstantField,
  })
  .transform(
    (data): PaystackTransaction => ({
      id: data.id,
      domain: data.domain,
      status: data.status,
      reference: data.reference,
      amountMinor: data.amount,
      requestedAmountMinor: data.requested_amount,
      currency: data.currency,
      feesMinor: data.fees,
      channel: data.channel,
      gatewayResponse: data.gateway_response,
      customerCode: data.customer?.customer_code ?? null,
      metadata: data.metadata,
      createdAt: data.created_at ?? data.createdAt,
      paidAt: data.paid_at ?? data.paidAt,
    }),
  );

const initializedSchema = z.looseObject({
  data: z
    .looseObject({
      authorization_url: z.url({ protocol: /^https?$/ }),
      access_code: textField,
      reference: textField,
    })
    .transform(
      (data): InitializedTransaction => ({
        authorizationUrl: data.authorization_url,
        accessCode: data.access_code,
        reference: data.reference,
      }),
    ),
});

/** Opens a payment. Refused with `duplicate_reference` when the reference is already used. */
export async function initializeTransaction(
  connection: PaystackConnection,
  input: InitializeTransaction,
): Promise<PaystackResult<InitializedTransaction>> {
  const reference = requireReference(input.reference);
  const result = await sendRequest(
    connection,
    {
      method: 'POST',
      path: '/transaction/initialize',
      body: {
        email: input.email,
        amount: toWireAmount(input.amountMinor),
        currency: input.currency,
        reference,
        callback_url: input.callbackUrl,
        channels: input.channels,
        metadata: input.metadata,
      },
    },
    initializedSchema.refine(({ data }) => data.reference === reference, { path: ['data', 'reference'] }),
  );
  return result.outcome === 'ok' ? { outcome: 'ok', value: result.value.data } : result;
}

/** What Paystack says of a payment now. An answer about another reference is `unknown`. */
export async function verifyTransaction(
  connection: PaystackConnection,
  reference: string,
): Promise<PaystackResult<PaystackTransaction>> {
  const path = `/transaction/verify/${encodeURIComponent(requireReadableReference(reference))}`;
  const schema = z
    .looseObject({ data: transactionSchema })
    .refine(({ data }) => data.reference === reference, { path: ['data', 'reference'] });
  const result = await sendRequest(connection, { method: 'GET', path }, schema);
  return result.outcome === 'ok' ? { outcome: 'ok', value: result.value.data } : result;
}

export interface ListTransactions {
  readonly from?: Date;
  readonly to?: Date;
  readonly status?: 'success' | 'failed' | 'abandoned' | 'reversed';
  readonly perPage?: number;
  /** Left out: from the start, by cursor. */
  readonly position?: ListPosition;
}

/** One page of payments, newest first; pass `next` back as `position` until it is null. */
export async function listTransactions(
  connection: PaystackConnection,
  input: ListTransactions,
): Promise<PaystackResult<ListPage<PaystackTransaction>>> {
  const position = input.position ?? FROM_THE_START;
  const query = {
    ...positionQuery(position),
    per_page: perPageText(input.perPage),
    from: input.from?.toISOString(),
    to: input.to?.toISOString(),
    status: input.status,
  };
  const request = { method: 'GET', path: '/transaction', query } as const;
  return sendRequest(connection, request, listPageSchema(transactionSchema, position));
}
