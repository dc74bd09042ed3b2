import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { demoReference, type SandboxFixture, startSandboxFixture } from './sandbox-fixture.ts';

/**
 * The required fields of each answer, read off Paystack's OpenAPI document (PaystackOSS/openapi, schema
 * named with each) and kept here by hand. A trailing `?` marks a type that its samples also show as null.
 */
type Shape = { readonly [field: string]: string | Shape };

const customer: Shape = {
  id: 'number',
  first_name: 'string?',
  last_name: 'string?',
  email: 'string',
  customer_code: 'string',
  phone: 'string?',
  metadata: 'any',
  risk_action: 'string',
};

const log: Shape = {
  start_time: 'number',
  time_spent: 'number',
  attempts: 'number',
  errors: 'number',
  success: 'boolean',
  mobile: 'boolean',
  input: 'array',
  history: 'array',
};

const transactionInBoth: Shape = {
  id: 'number',
  domain: 'string',
  status: 'string',
  reference: 'string',
  amount: 'number',
  message: 'string?',
  gateway_response: 'string',
  paid_at: 'string?',
  created_at: 'string',
  channel: 'string',
  currency: 'string',
  ip_address: 'string?',
  metadata: 'any',
  log,
  fees: 'number?',
  fees_split: 'any',
  split: 'object',
  order_id: 'any',
  paidAt: 'string?',
  createdAt: 'string',
  requested_amount: 'number',
  pos_transaction_data: 'any',
  source: 'any',
  connect: 'any',
  subaccount: 'object',
};

/** Schema VerifyResponse. */
const verified: Shape = {
  ...transactionInBoth,
  customer: { ...customer, international_format_phone: 'string?' },
  authorization: {
    authorization_code: 'string',
    bin: 'string',
    last4: 'string',
    exp_month: 'string',
    exp_year: 'string',
    channel: 'string',
    card_type: 'string',
    bank: 'string',
    country_code: 'string',
    brand: 'string',
    reusable: 'boolean',
    signature: 'string',
    account_name: 'any',
  },
  receipt_number: 'string?',
  plan: 'string?',
  fees_breakdown: 'any',
  transaction_date: 'string',
  plan_object: 'object',
};

/** Schema TransactionListResponseArray. */
const listed: Shape = {
  ...transactionInBoth,
  customer,
  authorization: 'object',
  plan: 'object',
  source: { source: 'string', type: 'string', identifier: 'any', entry_point: 'string' },
};

const pageMeta: Shape = {
  total: 'number',
  skipped: 'number',
  perPage: 'number',
  page: 'number',
  pageCount: 'number',
};

/** Schema BalanceFetchLedgerResponseArray. */
const ledgerRow: Shape = {
  integration: 'number',
  domain: 'string',
  balance: 'number',
  currency: 'string',
  difference: 'number',
  reason: 'string',
  model_responsible: 'string',
  model_row: 'number',
  id: 'number',
  createdAt: 'string',
  updatedAt: 'string',
};

/** Schema MiscellaneousListBanksResponse. */
const bank: Shape = {
  name: 'string',
  slug: 'string',
  code: 'string',
  longcode: 'string',
  gateway: 'string?',
  pay_with_bank: 'boolean',
  supports_transfer: 'boolean',
  available_for_direct_debit: 'boolean',
  active: 'boolean',
  is_deleted: 'boolean',
  country: 'string',
  currency: 'string',
  type: 'string',
  id: 'number',
  createdAt: 'string',
  updatedAt: 'string',
};

/** Schema TransferRecipientCreateResponse; `email` is null in every sample. */
const recipient: Shape = {
  active: 'boolean',
  createdAt: 'string',
  currency: 'string',
  description: 'string',
  domain: 'string',
  email: 'string?',
  id: 'number',
  integration: 'number',
  name: 'string',
  recipient_code: 'string',
  type: 'string',
  updatedAt: 'string',
  is_deleted: 'boolean',
  isDeleted: 'boolean',
  details: {
    authorization_code: 'string?',
    account_number: 'string',
    account_name: 'string?',
    bank_code: 'string',
    bank_name: 'string',
  },
};

const transferInAll: Shape = {
  domain: 'string',
  amount: 'number',
  currency: 'string',
  reference: 'string',
  source: 'string',
  source_details: 'any',
  reason: 'string',
  status: 'string',
  failures: 'any',
  transfer_code: 'string',
  titan_code: 'any',
  transferred_at: 'string?',
  id: 'number',
  createdAt: 'string',
  updatedAt: 'string',
};

/** Schema TransferCreateResponse. */
const createdTransfer: Shape = {
  ...transferInAll,
  transfersessionid: 'array',
  transfertrials: 'array',
  integration: 'number',
  request: 'number',
  recipient: 'number',
};

/** Schemas TransferVerifyResponse and TransferListResponseArray. */
const fullTransfer: Shape = {
  ...transferInAll,
  integration: 'number',
  request: 'number',
  recipient,
  session: { provider: 'string?', id: 'string?' },
  fee_charged: 'number',
  fees_breakdown: 'any',
  gateway_response: 'string?',
};

const reference = demoReference('tu', 1);
const transferReference = demoReference('wd', 1);
let fixture: SandboxFixture;

beforeAll(async () => {
  fixture = await startSandboxFixture();
});
afterAll(() => fixture.close());

/** Where a value departs from its shape. */
function departures(value: unknown, shape: string | Shape, path = ''): string[] {
  if (typeof shape === 'string') {
    const type = Array.isArray(value) ? 'array' : value === null ? 'null' : typeof value;
    const isNullable = shape.endsWith('?');
    const fits =
      (shape === 'any' && value !== undefined) ||
      type === shape.replace('?', '') ||
      (isNullable && value === null);
    return fits ? [] : [`${path} is ${type}, not ${shape}`];
  }
  if (typeof value !== 'object' || value === null) {
    return [`${path} is no object`];
  }
  return Object.entries(shape).flatMap(([field, inner]) =>
    departures(Reflect.get(value, field), inner, `${path}.${field}`),
  );
}

async function envelope(method: 'GET' | 'POST', path: string, body?: object) {
  const response = await fetch(`${fixture.url}${path}`, {
    method,
    headers: { authorization: 'Bearer sk_test_demo_sandbox_only', 'content-type': 'application/json' },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const answer = (await response.json()) as { data: unknown; meta?: unknown };
  expect(departures(answer, { status: 'boolean', message: 'string' })).toEqual([]);
  return { httpStatus: response.status, ...answer };
}

const first = (data: unknown): unknown => (data as unknown[])[0];

describe('the answers have the fields of the vendor’s description', () => {
  it('initialize and verify, before and after the payment', async () => {
    const payment = { email: 'ada@example.test', amount: 2_000_000, reference };
    const opened = await envelope('POST', '/transaction/initialize', payment);
    const shape = { authorization_url: 'string', access_code: 'string', reference: 'string' };
    expect(opened.httpStatus).toBe(200);
    expect(departures(opened.data, shape)).toEqual([]);

    const before = await envelope('GET', `/transaction/verify/${reference}`);
    expect(departures(before.data, { ...verified, authorization: 'object' })).toEqual([]);
    await fixture.act((opened.data as { authorization_url: string }).authorization_url, 'pay');
    const after = await envelope('GET', `/transaction/verify/${reference}`);
    expect(departures(after.data, verified)).toEqual([]);
  });

  it('list of transactions, by page and by cursor', async () => {
    const byPage = await envelope('GET', '/transaction');
    expect(departures(first(byPage.data), listed)).toEqual([]);
    expect(departures(byPage.meta, pageMeta)).toEqual([]);
    const byCursor = await envelope('GET', '/transaction?use_cursor=true');
    expect(departures(byCursor.meta, { next: 'string?', previous: 'string?', perPage: 'number' })).toEqual(
      [],
    );
  });

  it('balance and its ledger', async () => {
    const balance = await envelope('GET', '/balance');
    expect(departures(first(balance.data), { currency: 'string', balance: 'number' })).toEqual([]);
    const ledger = await envelope('GET', '/balance/ledger');
    expect(departures(first(ledger.data), ledgerRow)).toEqual([]);
    expect(departures(ledger.meta, pageMeta)).toEqual([]);
  });

  it('banks and resolve', async () => {
    expect(departures(first((await envelope('GET', '/bank')).data), bank)).toEqual([]);
    const resolved = await envelope('GET', '/bank/resolve?account_number=0123456789&bank_code=058');
    const shape = { account_number: 'string', account_name: 'string', bank_id: 'number' };
    expect(departures(resolved.data, shape)).toEqual([]);
  });

  it('recipient and transfer: create, verify, list, webhook', async () => {
    const account = { type: 'nuban', name: 'Ada Demo', account_number: '0123456789', bank_code: '058' };
    const made = await envelope('POST', '/transferrecipient', account);
    expect(made.httpStatus).toBe(201);
    expect(departures(made.data, recipient)).toEqual([]);
    const { recipient_code: code } = made.data as { recipient_code: string };
    const order = { source: 'balance', amount: 100_000, recipient: code, reference: transferReference };
    const created = await envelope('POST', '/transfer', order);
    expect(created.httpStatus).toBe(200);
    expect(departures(created.data, createdTransfer)).toEqual([]);
    await fixture.sandbox.workUntilQuiet();
    const checked = await envelope('GET', `/transfer/verify/${transferReference}`);
    expect(departures(checked.data, fullTransfer)).toEqual([]);
    const list = await envelope('GET', '/transfer');
    expect(departures(first(list.data), fullTransfer)).toEqual([]);
    expect(departures(list.meta, pageMeta)).toEqual([]);
    const webhook = fixture.receiver.received.at(-1);
    const body: unknown = JSON.parse(Buffer.from(webhook?.rawBody ?? []).toString());
    const integration = { id: 'number', is_live: 'boolean', business_name: 'string' };
    const data = { ...transferInAll, recipient, integration };
    expect(departures(body, { event: 'string', data })).toEqual([]);
  });

  it('errors: duplicate, not found, unauthorized', async () => {
    const payment = { email: 'ada@example.test', amount: 1, reference };
    const duplicate = await envelope('POST', '/transaction/initialize', payment);
    expect(duplicate).toEqual({
      httpStatus: 400,
      status: false,
      message: 'Duplicate Transaction Reference',
      meta: { nextStep: expect.any(String) },
      type: 'validation_error',
      code: 'duplicate_reference',
    });
    expect(await envelope('GET', '/transfer/verify/wd-nobody-has-this-one')).toEqual({
      httpStatus: 404,
      status: false,
      message: 'Transfer not found',
    });
  });
});
