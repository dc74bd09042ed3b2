import * as z from 'zod';
import { type Answer, invalid, notFound, refusal, success } from '../answer.ts';
import type { Draft } from '../books/books.ts';
import type { TransactionRecord } from '../books/records.ts';
import { listing, type Query } from '../listing.ts';
import { type Route, textOf } from '../route.ts';
import { codeFor, type SandboxContext } from '../sandbox-context.ts';
import { isPayable } from './charge.ts';
import { listedTransaction, verifiedTransaction } from './transaction-body.ts';

/** The routes of payments: initialize, verify, list. */
export function transactionRoutes(context: SandboxContext): Route[] {
  return [
    {
      method: 'post',
      path: '/transaction/initialize',
      endpoint: 'POST /transaction/initialize',
      referenceOf: ({ body }) => textOf(body, 'reference'),
      handle: ({ body }) => initialize(context, body),
    },
    {
      method: 'get',
      path: '/transaction/verify/:reference',
      endpoint: 'GET /transaction/verify',
      referenceOf: ({ params }) => params.reference ?? null,
      handle: ({ params }) => verify(context, params.reference ?? ''),
    },
    {
      method: 'get',
      path: '/transaction',
      endpoint: 'GET /transaction',
      handle: ({ query }) => list(context, query),
    },
  ];
}

/** Paystack has a limit as well, in the order of millions; this one only keeps the books' sums safe. */
const AMOUNT_MINOR_MAX = 1_000_000_000_000;

/** Schema TransactionInitialize; fields beyond these are accepted and ignored, as Paystack does. */
const initializeSchema = z.object({
  email: z.email({ error: 'email must be a valid email address' }),
  amount: z
    .int({ error: 'amount must be a positive integer in the subunit of the currency' })
    .positive({ error: 'amount must be a positive integer in the subunit of the currency' })
    .max(AMOUNT_MINOR_MAX, { error: 'amount is above the limit' }),
  currency: z
    .enum(['GHS', 'KES', 'NGN', 'ZAR', 'USD'], { error: 'currency is not supported' })
    .default('NGN'),
  reference: z
    .string({ error: 'reference must be text' })
    .regex(/^[A-Za-z0-9.=-]{1,100}$/, {
      error: 'reference may hold only "-", ".", "=" and alphanumeric characters',
    })
    .optional(),
  channels: z
    .array(z.enum(['card', 'bank', 'ussd', 'qr', 'eft', 'mobile_money', 'bank_transfer']), {
      error: 'channels must be an array of payment channels',
    })
    .optional(),
  callback_url: z
    .url({ protocol: /^https?$/, error: 'callback_url must be a fully qualified url' })
    .optional(),
  metadata: z.record(z.string(), z.unknown(), { error: 'metadata must be an object' }).optional(),
});

function initialize(context: SandboxContext, body: unknown): Answer {
  const parsed = initializeSchema.safeParse(body);
  if (!parsed.success) {
    return invalid(parsed.error.issues[0]?.message ?? 'The request is not valid');
  }
  return context.books.commit((draft) => {
    const { reference, access } = open(context, draft, parsed.data);
    if (access === null) {
      return refusal(
        400,
        'Duplicate Transaction Reference',
        'duplicate_reference',
        'Try and create the Transaction or Charge with a new reference',
      );
    }
    return success('Authorization URL created', {
      authorization_url: `${context.publicUrl()}/checkout/${access}`,
      access_code: access,
      reference,
    });
  });
}

/** Writes a new payment; its access is null when the reference is taken. */
function open(
  context: SandboxContext,
  draft: Draft,
  input: z.infer<typeof initializeSchema>,
): { reference: string; access: string | null } {
  if (input.reference !== undefined && draft.get('transaction', input.reference) !== undefined) {
    return { reference: input.reference, access: null };
  }
  const id = draft.nextId();
  const reference = input.reference ?? codeFor(context, '', id);
  const accessCode = codeFor(context, '', -id);
  draft.put('access', accessCode, reference);
  draft.put('transaction', reference, {
    id,
    reference,
    accessCode,
    customerEmail: rememberCustomer(context, draft, input.email),
    currency: input.currency,
    amountMinor: input.amount,
    requestedAmountMinor: input.amount,
    feesMinor: null,
    status: 'pending',
    channel: 'card',
    gatewayResponse: 'The transaction was not completed',
    callbackUrl: input.callback_url ?? null,
    metadata: input.metadata ?? null,
    createdAt: context.now().toISOString(),
    paidAt: null,
    settledAt: null,
  });
  return { reference, access: accessCode };
}

/** The customer of an address, made at its first payment. */
function rememberCustomer(context: SandboxContext, draft: Draft, email: string): string {
  const key = email.toLowerCase();
  if (draft.get('customer', key) === undefined) {
    const id = draft.nextId();
    draft.put('customer', key, { id, email, customerCode: codeFor(context, 'CUS_', id) });
  }
  return email;
}

function verify(context: SandboxContext, reference: string): Answer {
  const record = context.books.get('transaction', reference);
  return record === undefined
    ? notFound('Transaction reference not found')
    : success(
        'Verification successful',
        verifiedTransaction(context, context.books, asOfNow(context, record)),
      );
}

function list(context: SandboxContext, query: Query): Answer {
  const { status, channel, amount, customer_code: customerCode } = query;
  const rows = context.books
    .all('transaction')
    .map((record) => asOfNow(context, record))
    .filter((record) => status === undefined || record.status === status)
    .filter((record) => channel === undefined || record.channel === channel)
    .filter((record) => amount === undefined || String(record.amountMinor) === amount)
    .filter(
      ({ customerEmail }) =>
        customerCode === undefined ||
        context.books.get('customer', customerEmail.toLowerCase())?.customerCode === customerCode,
    );
  return listing({
    message: 'Transactions retrieved',
    rows,
    query,
    perPageName: 'per_page',
    cursor: { name: 'transaction', end: 'null' },
    present: (record) => listedTransaction(context, context.books, record),
  });
}

/** A payment that nobody finished within the session's time counts as abandoned. */
export function asOfNow(context: SandboxContext, record: TransactionRecord): TransactionRecord {
  const expiresAt = Date.parse(record.createdAt) + context.sessionTimeoutSeconds * 1_000;
  return isPayable(record) && context.now().getTime() >= expiresAt
    ? { ...record, status: 'abandoned' }
    : record;
}
