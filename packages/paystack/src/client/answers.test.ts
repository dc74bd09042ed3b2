import { describe, expect, it } from 'vitest';
import { createPaystack } from './paystack.ts';

const reference = 'tu-0192f0c4-7d3a-7000-8000-000000000001';

function clientAnswering(data: unknown, meta?: unknown) {
  return createPaystack({
    secretKey: 'sk_test_demo_only',
    baseUrl: 'https://api.example.test',
    timeoutSeconds: 1,
    fetch: () => Promise.resolve(Response.json({ status: true, message: 'ok', data, meta })),
  });
}

/** The fields of the vendor's samples that real answers have been seen with, values made up. */
const transaction = {
  id: 4_099_260_516,
  domain: 'test',
  status: 'success',
  reference,
  amount: 40_333,
  message: null,
  gateway_response: 'Successful',
  paid_at: '2024-08-22T09:15:02.000Z',
  created_at: '2024-08-22T09:14:24.000Z',
  channel: 'card',
  currency: 'NGN',
  metadata: '',
  fees: 10_283,
  customer: { id: 1, first_name: null, email: 'demo@example.test', customer_code: 'CUS_demo' },
  plan: null,
  requested_amount: 30_050,
};

const transfer = {
  id: 860_670_817,
  domain: 'test',
  status: 'success',
  reference: 'wd-0192f0c4-7d3a-7000-8000-000000000001',
  transfer_code: 'TRF_demo',
  amount: 100_000,
  currency: 'NGN',
  recipient: { recipient_code: 'RCP_demo', metadata: null },
  session: { provider: null, id: null },
  fee_charged: 1_000,
  createdAt: '2025-08-04T09:59:19.000Z',
};

describe('a transaction', () => {
  it('is read with its amounts as bigint and its id as text', async () => {
    expect(await clientAnswering(transaction).verifyTransaction(reference)).toEqual({
      outcome: 'ok',
      value: {
        id: '4099260516',
        domain: 'test',
        status: 'success',
        reference,
        amountMinor: 40_333n,
        requestedAmountMinor: 30_050n,
        currency: 'NGN',
        feesMinor: 10_283n,
        channel: 'card',
        gatewayResponse: 'Successful',
        customerCode: 'CUS_demo',
        metadata: '',
        createdAt: new Date('2024-08-22T09:14:24.000Z'),
        paidAt: new Date('2024-08-22T09:15:02.000Z'),
      },
    });
  });

  it.each([
    ['metadata 0', { metadata: 0 }],
    ['metadata null', { metadata: null }],
    ['metadata as text', { metadata: '{"a":1}' }],
    ['metadata as an object', { metadata: { custom_fields: [] } }],
    ['no metadata', { metadata: undefined }],
    ['null fees', { fees: null }],
    ['no fees', { fees: undefined }],
    ['plan as an object', { plan: {} }],
    ['no customer', { customer: null }],
    ['fields never seen', { brand_new: { a: [1] } }],
    ['null moments', { paid_at: null, created_at: null }],
  ])('with %s is read all the same', async (_name, more) => {
    const result = await clientAnswering({ ...transaction, ...more }).verifyTransaction(reference);
    expect(result.outcome).toBe('ok');
  });

  it('may say createdAt and paidAt instead', async () => {
    const { created_at: createdAt, paid_at: paidAt, ...rest } = transaction;
    const result = await clientAnswering({ ...rest, createdAt, paidAt }).verifyTransaction(reference);
    expect(result).toMatchObject({ value: { createdAt: new Date(createdAt), paidAt: new Date(paidAt) } });
  });

  it('with a status that we do not know is unrecognised, never a success', async () => {
    const data = { ...transaction, status: 'success_pending' };
    expect(await clientAnswering(data).verifyTransaction(reference)).toMatchObject({
      value: { status: 'unrecognised' },
    });
  });

  it.each([
    ['amount', '40333'],
    ['amount', 40_333.5],
    ['amount', -1],
    ['amount', 2 ** 53],
    ['amount', null],
    ['requested_amount', '30050'],
    ['fees', '10283'],
    ['currency', 'naira'],
    ['currency', null],
    ['status', 1],
    ['id', 2 ** 53],
    ['id', null],
    ['domain', null],
    ['paid_at', 'yesterday'],
    ['reference', null],
  ])('with %s %j is unknown and names the field', async (field, value) => {
    const result = await clientAnswering({ ...transaction, [field]: value }).verifyTransaction(reference);
    expect(result).toMatchObject({ outcome: 'unknown', reason: 'body_malformed', detail: `data.${field}` });
  });

  it('about another reference is unknown', async () => {
    const result = await clientAnswering({ ...transaction, reference: 'tu-other' }).verifyTransaction(
      reference,
    );
    expect(result).toMatchObject({ outcome: 'unknown', reason: 'body_malformed', detail: 'data.reference' });
  });
});

describe('an initialized payment', () => {
  const opened = { authorization_url: 'https://checkout.example.test/a', access_code: 'a', reference };
  const input = { email: 'ada@example.test', amountMinor: 1n, currency: 'NGN', reference };

  it('gives the address', async () => {
    expect(await clientAnswering(opened).initializeTransaction(input)).toEqual({
      outcome: 'ok',
      value: { authorizationUrl: opened.authorization_url, accessCode: 'a', reference },
    });
  });

  it.each([
    ['a script as address', { authorization_url: 'javascript:alert(1)' }],
    ['no address', { authorization_url: null }],
    ['another reference', { reference: 'tu-other' }],
  ])('with %s is unknown', async (_name, more) => {
    const result = await clientAnswering({ ...opened, ...more }).initializeTransaction(input);
    expect(result).toMatchObject({ outcome: 'unknown', reason: 'body_malformed' });
  });
});

describe('a transfer', () => {
  const verify = (more: object) =>
    clientAnswering({ ...transfer, ...more }).verifyTransfer(transfer.reference);

  it('is read with its fee and its recipient', async () => {
    expect(await verify({})).toMatchObject({
      outcome: 'ok',
      value: { feeChargedMinor: 1_000n, recipientCode: 'RCP_demo', sessionId: null, transferredAt: null },
    });
  });

  it.each([
    ['a numeric recipient', { recipient: 56_824_902 }],
    ['no fee', { fee_charged: undefined }],
    ['no session', { session: undefined }],
    ['created_at', { createdAt: undefined, created_at: transfer.createdAt }],
    ['integration as an object', { integration: { id: 1 } }],
  ])('with %s is read all the same', async (_name, more) => {
    expect((await verify(more)).outcome).toBe('ok');
  });

  it.each([
    ['amount', '100000'],
    ['transfer_code', 7],
    ['fee_charged', '10'],
    ['status', null],
    ['reference', 'wd-other'],
  ])('with %s %j is unknown', async (field, value) => {
    expect(await verify({ [field]: value })).toMatchObject({ outcome: 'unknown', reason: 'body_malformed' });
  });
});

describe('an account', () => {
  const account = { accountNumber: '0022728151', bankCode: '063' };

  it('is resolved with and without a bank id', async () => {
    for (const more of [{}, { bank_id: 7 }]) {
      const data = { account_number: account.accountNumber, account_name: 'WES DEMO', ...more };
      expect(await clientAnswering(data).resolveAccount(account)).toEqual({
        outcome: 'ok',
        value: { accountNumber: account.accountNumber, accountName: 'WES DEMO' },
      });
    }
  });

  it.each([
    ['a number that lost its zeros', { account_number: 22_728_151, account_name: 'WES DEMO' }],
    ['another account', { account_number: '0022728152', account_name: 'WES DEMO' }],
    ['no name', { account_number: account.accountNumber, account_name: '' }],
  ])('answered with %s is unknown', async (_name, data) => {
    expect((await clientAnswering(data).resolveAccount(account)).outcome).toBe('unknown');
  });

  it('that comes back as another recipient is unknown', async () => {
    const data = {
      id: 1,
      recipient_code: 'RCP_demo',
      name: 'Wes',
      currency: 'NGN',
      details: { account_number: '0022728159', bank_code: '063', account_name: null, bank_name: 'Bank' },
    };
    const input = { name: 'Wes', currency: 'NGN', ...account };
    expect((await clientAnswering(data).createTransferRecipient(input)).outcome).toBe('unknown');
  });
});

describe('a list', () => {
  it.each([
    ['no cursor', { next: null }, null],
    ['the text null', { next: 'null' }, null],
    ['no meta', undefined, null],
    ['its own cursor again', { next: 'same' }, null],
    ['a cursor', { next: 'more' }, { kind: 'cursor', cursor: 'more' }],
  ])('by cursor with %s goes on at %j', async (_name, meta, next) => {
    const position = { kind: 'cursor', cursor: 'same' } as const;
    const result = await clientAnswering([transaction], meta).listTransactions({ position });
    expect(result).toMatchObject({ outcome: 'ok', value: { next } });
  });

  it.each([
    ['the last page', { page: 2, pageCount: 2 }, null],
    ['a page before the last', { page: 2, pageCount: 3 }, { kind: 'page', page: 3 }],
    ['no page count', {}, { kind: 'page', page: 3 }],
  ])('by page with %s goes on at %j', async (_name, meta, next) => {
    const position = { kind: 'page', page: 2 } as const;
    const result = await clientAnswering([transaction], meta).listTransactions({ position });
    expect(result).toMatchObject({ outcome: 'ok', value: { next } });
  });

  it('ends on an empty page whatever its meta says', async () => {
    const position = { kind: 'page', page: 2 } as const;
    const result = await clientAnswering([], { page: 2, pageCount: 9 }).listTransfers({ position });
    expect(result).toEqual({ outcome: 'ok', value: { items: [], next: null } });
  });

  it('with one malformed row is unknown as a whole', async () => {
    const result = await clientAnswering([transaction, { ...transaction, amount: '1' }]).listTransactions({});
    expect(result).toMatchObject({ outcome: 'unknown', reason: 'body_malformed', detail: 'data.1.amount' });
  });
});

describe('the balance', () => {
  it('may be negative', async () => {
    const result = await clientAnswering([{ currency: 'NGN', balance: -5 }]).fetchBalance();
    expect(result).toEqual({ outcome: 'ok', value: [{ currency: 'NGN', balanceMinor: -5n }] });
  });
});
