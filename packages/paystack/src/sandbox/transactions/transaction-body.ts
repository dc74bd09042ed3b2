import type { Reader } from '../books/books.ts';
import type { TransactionRecord } from '../books/records.ts';
import { codeFor, type SandboxContext } from '../sandbox-context.ts';

/** A transaction as schema VerifyResponse of Paystack's OpenAPI has it. */
export function verifiedTransaction(context: SandboxContext, reader: Reader, record: TransactionRecord) {
  return {
    ...sharedFields(context, reader, record),
    receipt_number: null,
    metadata: record.metadata ?? '',
    plan: null,
    source: null,
    fees_breakdown: null,
    transaction_date: record.createdAt,
    plan_object: {},
  };
}

/** A row of schema TransactionListResponse. */
export function listedTransaction(context: SandboxContext, reader: Reader, record: TransactionRecord) {
  return {
    ...sharedFields(context, reader, record),
    metadata: record.metadata ?? null,
    plan: {},
    source: {
      source: 'merchant_api',
      type: 'api',
      identifier: null,
      entry_point: 'transaction_initialize',
    },
  };
}

/** The `data` of charge.success; the vendor's sample has 0 where there is no metadata. */
export function chargedTransaction(context: SandboxContext, reader: Reader, record: TransactionRecord) {
  return { ...sharedFields(context, reader, record), metadata: record.metadata ?? 0, plan: {} };
}

function sharedFields(context: SandboxContext, reader: Reader, record: TransactionRecord) {
  const isPaid = record.status === 'success';
  return {
    id: record.id,
    domain: context.domain,
    status: record.status,
    reference: record.reference,
    amount: record.amountMinor,
    message: null,
    gateway_response: record.gatewayResponse,
    paid_at: record.paidAt,
    created_at: record.createdAt,
    channel: record.channel,
    currency: record.currency,
    ip_address: '127.0.0.1',
    log: logOf(record),
    fees: record.feesMinor,
    fees_split: null,
    authorization: isPaid ? authorizationOf(context, record) : {},
    customer: customerOf(reader, record.customerEmail),
    split: {},
    subaccount: {},
    order_id: null,
    paidAt: record.paidAt,
    createdAt: record.createdAt,
    requested_amount: record.requestedAmountMinor,
    pos_transaction_data: null,
    connect: null,
  };
}

function customerOf(reader: Reader, email: string) {
  const customer = reader.get('customer', email.toLowerCase());
  return {
    id: customer?.id ?? null,
    first_name: null,
    last_name: null,
    email,
    customer_code: customer?.customerCode ?? null,
    phone: null,
    metadata: null,
    risk_action: 'default',
    international_format_phone: null,
  };
}

function authorizationOf(context: SandboxContext, record: TransactionRecord) {
  return {
    authorization_code: codeFor(context, 'AUTH_', record.id),
    bin: '408408',
    last4: '4081',
    exp_month: '12',
    exp_year: '2030',
    channel: record.channel,
    card_type: 'visa ',
    bank: 'TEST BANK',
    country_code: 'NG',
    brand: 'visa',
    reusable: true,
    signature: codeFor(context, 'SIG_', record.id),
    account_name: null,
  };
}

function logOf(record: TransactionRecord) {
  const isPaid = record.status === 'success';
  const attempted = { type: 'action', message: 'Attempted to pay with card', time: 3 };
  return {
    start_time: Math.floor(Date.parse(record.createdAt) / 1_000),
    time_spent: isPaid ? 4 : 0,
    attempts: isPaid || record.status === 'failed' ? 1 : 0,
    errors: record.status === 'failed' ? 1 : 0,
    success: isPaid,
    mobile: false,
    input: [],
    history: isPaid
      ? [attempted, { type: 'success', message: 'Successfully paid with card', time: 4 }]
      : record.status === 'failed'
        ? [attempted]
        : [],
  };
}
