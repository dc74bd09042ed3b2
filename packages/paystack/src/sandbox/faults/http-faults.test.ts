import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { demoReference, okValue, type SandboxFixture, startSandboxFixture } from '../sandbox-fixture.ts';
import { ENDPOINTS, type Endpoint } from './fault-plan.ts';

type ApiEndpoint = Exclude<Endpoint, 'POST /checkout'>;

let fixture: SandboxFixture;
let recipientCode: string;
let counter = 0;

beforeAll(async () => {
  fixture = await startSandboxFixture();
  await fixture.control('POST', '/sandbox/balance', { amountMinor: 1_000_000_000 });
  await initialize(demoReference('tu', 0));
  const account = { accountNumber: '0123456789', bankCode: '058', currency: 'NGN' };
  const recipient = await fixture.paystack.createTransferRecipient({ name: 'Ada Demo', ...account });
  recipientCode = okValue(recipient).recipientCode;
  okValue(await initiate(demoReference('wd', 0)));
});
afterEach(() => fixture.control('DELETE', '/sandbox/faults'));
afterAll(() => fixture.close());

function initialize(reference: string) {
  const payment = { email: 'ada@example.test', amountMinor: 100n, currency: 'NGN' };
  return fixture.paystack.initializeTransaction({ ...payment, reference });
}

function initiate(reference: string) {
  return fixture.paystack.initiateTransfer({ amountMinor: 100n, currency: 'NGN', recipientCode, reference });
}

function call(endpoint: ApiEndpoint) {
  counter += 1;
  const account = { accountNumber: '0123456789', bankCode: '058' };
  const calls = {
    'POST /transaction/initialize': () => initialize(demoReference('tu', counter)),
    'GET /transaction/verify': () => fixture.paystack.verifyTransaction(demoReference('tu', 0)),
    'GET /transaction': () => fixture.paystack.listTransactions({}),
    'GET /balance': () => fixture.paystack.fetchBalance(),
    'GET /balance/ledger': () => fixture.paystack.listBalanceLedger({}),
    'GET /bank': () => fixture.paystack.listBanks({ currency: 'NGN' }),
    'GET /bank/resolve': () => fixture.paystack.resolveAccount(account),
    'POST /transferrecipient': () =>
      fixture.paystack.createTransferRecipient({ name: 'Ada Demo', currency: 'NGN', ...account }),
    'POST /transfer': () => initiate(demoReference('wd', counter)),
    'GET /transfer/verify': () => fixture.paystack.verifyTransfer(demoReference('wd', 0)),
    'GET /transfer': () => fixture.paystack.listTransfers({}),
  } satisfies Record<ApiEndpoint, () => Promise<{ outcome: string }>>;
  return calls[endpoint]();
}

const apiEndpoints = ENDPOINTS.filter((endpoint): endpoint is ApiEndpoint => endpoint !== 'POST /checkout');

const faults: [string, object, object][] = [
  [
    'a lost reply',
    { kind: 'reply_lost', holdSeconds: 0 },
    { outcome: 'unknown', reason: 'connection_failed' },
  ],
  ['a lost request', { kind: 'request_lost' }, { outcome: 'unknown', reason: 'connection_failed' }],
  ['a 500', { kind: 'server_error' }, { outcome: 'unknown', reason: 'server_error', httpStatus: 500 }],
  ['an HTML 502', { kind: 'html_body' }, { outcome: 'unknown', reason: 'server_error', httpStatus: 502 }],
  ['an HTML 200', { kind: 'html_body', status: 200 }, { outcome: 'unknown', reason: 'body_not_json' }],
  ['an HTML 404', { kind: 'html_body', status: 404 }, { outcome: 'unknown', reason: 'status_unexpected' }],
  ['an empty body', { kind: 'empty_body' }, { outcome: 'unknown', reason: 'body_empty' }],
  ['wrong types', { kind: 'wrong_types' }, { outcome: 'unknown', reason: 'body_malformed' }],
  ['a limit', { kind: 'limited', retryAfterSeconds: 7 }, { outcome: 'limited', retryAfterSeconds: 7 }],
  ['a 404', { kind: 'not_found' }, { outcome: 'notFound', message: 'Entity not found' }],
];

describe.each(apiEndpoints)('%s', (endpoint) => {
  it.each(faults)(
    'under %s has the typed outcome once, and is itself again',
    async (_name, fault, outcome) => {
      await fixture.plan({ ...fault, endpoint });
      expect(await call(endpoint)).toMatchObject(outcome);
      expect(await call(endpoint)).toMatchObject({ outcome: 'ok' });
    },
  );
});

describe('time', () => {
  it('an answer that comes too late is unknown', async () => {
    await fixture.plan({ kind: 'delay', endpoint: 'GET /balance', delaySeconds: 1.3 });
    expect(await fixture.paystack.fetchBalance()).toMatchObject({ outcome: 'unknown', reason: 'timed_out' });
  });

  it('an answer that is only slow is an answer', async () => {
    await fixture.plan({ kind: 'delay', endpoint: 'GET /balance', delaySeconds: 0.1 });
    expect(await fixture.paystack.fetchBalance()).toMatchObject({ outcome: 'ok' });
  });
});

describe('effects', () => {
  it('a transfer whose reply is lost exists: the same reference is refused and verify finds it', async () => {
    const reference = demoReference('wd', 9_001);
    await fixture.plan({ kind: 'reply_lost', endpoint: 'POST /transfer', reference });
    const before = okValue(await fixture.paystack.listTransfers({})).items.length;
    expect(await initiate(reference)).toMatchObject({ outcome: 'unknown', reason: 'timed_out' });
    expect(await initiate(reference)).toMatchObject({ outcome: 'refused', reason: 'duplicate_reference' });
    expect(await fixture.paystack.verifyTransfer(reference)).toMatchObject({ outcome: 'ok' });
    expect(okValue(await fixture.paystack.listTransfers({})).items).toHaveLength(before + 1);
  });

  it.each([
    ['request_lost', {}, false],
    ['server_error', { when: 'before_effect' }, false],
    ['html_body', { when: 'before_effect' }, false],
    ['empty_body', { when: 'before_effect' }, false],
    ['limited', {}, false],
    ['server_error', { when: 'after_effect' }, true],
    ['html_body', { when: 'after_effect' }, true],
    ['empty_body', { when: 'after_effect' }, true],
    ['wrong_types', {}, true],
  ])('%s %j leaves an effect: %s', async (kind, more, hasEffect) => {
    counter += 1;
    const reference = demoReference('tu', counter);
    await fixture.plan({ kind, ...more, endpoint: 'POST /transaction/initialize', reference });
    expect((await initialize(reference)).outcome).not.toBe('ok');
    const { outcome } = await fixture.paystack.verifyTransaction(reference);
    expect(outcome).toBe(hasEffect ? 'ok' : 'notFound');
  });

  it('a low balance refuses one transfer although the money is there', async () => {
    await fixture.plan({ kind: 'balance_low', endpoint: 'POST /transfer' });
    const reference = demoReference('wd', 9_002);
    expect(await initiate(reference)).toMatchObject({ outcome: 'refused', reason: 'balance_insufficient' });
    expect(await initiate(reference)).toMatchObject({ outcome: 'ok' });
  });
});

describe('the plan', () => {
  it('counts a fault down and leaves other references alone', async () => {
    const reference = demoReference('tu', 0);
    await fixture.plan({ kind: 'server_error', endpoint: 'GET /transaction/verify', reference, times: 2 });
    okValue(await initialize(demoReference('tu', 9_000)));
    const other = await fixture.paystack.verifyTransaction(demoReference('tu', 9_000));
    expect(other.outcome).toBe('ok');
    const outcomes = [];
    for (let attempt = 0; attempt < 3; attempt += 1) {
      outcomes.push((await fixture.paystack.verifyTransaction(reference)).outcome);
    }
    expect(outcomes).toEqual(['unknown', 'unknown', 'ok']);
    expect(await fixture.control('GET', '/sandbox/faults')).toEqual([]);
  });

  it.each([
    [{ kind: 'no_such_kind', endpoint: 'GET /balance' }],
    [{ kind: 'delay', endpoint: 'GET /nowhere', delaySeconds: 1 }],
    [{ kind: 'delay', endpoint: 'GET /balance' }],
    [{ kind: 'delay', endpoint: 'GET /balance', delaySeconds: 1, more: true }],
    [{ kind: 'delay', endpoint: 'GET /balance', delaySeconds: 1, times: 0 }],
    [{ kind: 'transfer_outcome', outcome: 'lost' }],
    [{ kind: 'balance_low', endpoint: 'GET /balance' }],
  ])('refuses %j', async (fault) => {
    await expect(fixture.plan(fault)).rejects.toThrow('400');
  });
});
