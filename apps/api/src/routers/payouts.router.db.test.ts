import { createHash } from 'node:crypto';
import { checkAllInvariants, createNoticeFeed, sweeps } from '@errand-dash/core';
import {
  createTestCore,
  fundWallet,
  makeSigningPerson,
  moveClock,
  type SigningPerson,
  startTestProvider,
  type TestCore,
  type TestProvider,
} from '@errand-dash/core/testing';
import { createTestDatabase, type TestDatabase } from '@errand-dash/db/testing';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { appRouter } from '../app-router.ts';
import { createServer } from '../server.ts';

let database: TestDatabase;
let provider: TestProvider;
let core: TestCore;
let api: { url: string; close: () => Promise<void> };
let runner: SigningPerson;
const account = { bankCode: '058', accountNumber: '0123456789' };

beforeAll(async () => {
  database = await createTestDatabase();
  const withoutProvider = createTestCore(database.db);
  const settings = {
    host: '127.0.0.1',
    port: 0,
    opsPort: 0,
    origins: [],
    isClockVirtual: false,
    proxyHops: 0,
    rateLimits: null,
  };
  const server = createServer({ core: withoutProvider, settings, log: () => undefined });
  const { url } = await server.listen();
  api = { url, close: () => server.close() };
  provider = await startTestProvider({ approvalUrl: `${url}/webhooks/paystack/approve-transfer` });
  core = { ...withoutProvider, payments: provider.payments };
  provider.deliverTo(core);
  await provider.fundBalance(1_000_000_00n);
  runner = await makeSigningPerson(core, 'demo_runner');
  await fundWallet(core, runner.userId, 50_000_00n);
});
afterAll(async () => {
  await provider.close();
  await api.close();
  await database.drop();
});

const as = (person: SigningPerson, idempotencyKey?: string) =>
  appRouter.createCaller({
    core,
    notices: createNoticeFeed(core),
    call: person.call(idempotencyKey),
    userAgent: 'test',
    networkAddress: '192.0.2.1',
    callCount: 1,
  });
async function runSweeps(): Promise<void> {
  for (let worked = 1; worked > 0; ) {
    worked = 0;
    for (const sweep of Object.values(sweeps)) worked += await sweep(core, 100);
  }
}

describe('money out over the wire', () => {
  test('from the bank’s name to the paid withdrawal, signed twice, approved by us, told in notices', async () => {
    const wallet = as(runner).wallet;
    expect((await wallet.listBanks({})).banks).toContainEqual({ code: '058', name: 'Guaranty Trust Bank' });
    await provider.nameAccount({ ...account, accountName: 'BAYO DEMO RUNNER' });
    expect(await wallet.resolveBankAccount(account)).toEqual({ accountName: 'BAYO DEMO RUNNER' });

    const adding = 'add-account-key';
    const begun = await as(runner).approvals.begin({
      action: 'wallet.addPayoutAccount',
      idempotencyKey: adding,
      ...account,
    });
    expect(begun.document).toMatchObject({ payee: 'nuban:058:0123456789', idempotencyKey: adding });
    const approval = {
      approvalId: begun.approvalId,
      response: await runner.authenticator.get(begun.options),
    };
    const added = await as(runner, adding).wallet.addPayoutAccount({ ...account, approval });
    expect(added).toMatchObject({
      state: 'active',
      bankName: 'Guaranty Trust Bank',
      accountNumberMasked: '******6789',
      accountName: 'BAYO DEMO RUNNER',
    });
    expect((await wallet.listPayoutAccounts({})).payoutAccounts).toEqual([added]);

    await moveClock(database.owner, 86_400);
    provider.moveClock(86_400);
    const { payoutAccountId } = added;
    const asked = { amountMinor: 20_000_00, currency: 'NGN', payoutAccountId } as const;
    const key = 'withdraw-key-1';
    const second = await as(runner).approvals.begin({
      action: 'wallet.withdraw',
      idempotencyKey: key,
      ...asked,
    });
    const members = Object.entries(second.document).sort(([a], [b]) => (a < b ? -1 : 1));
    const challenge = createHash('sha256').update(JSON.stringify(Object.fromEntries(members)));
    expect(second.options.challenge).toBe(challenge.digest('base64url'));
    const signed = {
      approvalId: second.approvalId,
      response: await runner.authenticator.get(second.options),
    };
    const requested = await as(runner, key).wallet.withdraw({ ...asked, approval: signed });
    expect(requested).toMatchObject({ state: 'requested', amountMinor: 20_000_00, payoutAccountId });
    expect((await wallet.balances({})).balances).toMatchObject([
      { availableMinor: 30_000_00, onTheWayMinor: 20_000_00 },
    ]);

    await runSweeps();
    await provider.deliver();
    provider.moveClock(5);
    await provider.deliver();
    await runSweeps();
    const { withdrawalId } = requested;
    const paid = await wallet.getWithdrawal({ withdrawalId });
    expect(paid).toMatchObject({ state: 'paid', endedAt: expect.any(Date) });
    expect(await wallet.listWithdrawals({})).toEqual({ withdrawals: [paid], nextCursor: null });
    expect((await wallet.balances({})).balances).toMatchObject([
      { availableMinor: 30_000_00, onTheWayMinor: 0 },
    ]);
    const texts = (await as(runner).notices.list({})).notices.map(({ text }) => text);
    expect(texts).toContain('₦20,000.00 has been paid to your bank account.');
    expect(await checkAllInvariants(database.db)).toEqual([]);
  });
});

describe('the approval of a transfer', () => {
  const ask = (body: unknown) =>
    fetch(`${api.url}/webhooks/paystack/approve-transfer`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: typeof body === 'string' ? body : JSON.stringify(body),
    });

  test('is refused to a transfer that somebody else makes with our key', async () => {
    const { paystack } = provider.payments;
    const { recipient_code: recipientCode } = await database.db
      .selectFrom('withdrawals')
      .selectAll()
      .executeTakeFirstOrThrow();
    const reference = 'wd-00000000-0000-4000-8000-000000000001';
    const stolen = { amountMinor: 500_000_00n, currency: 'NGN', recipientCode, reference };
    expect(await paystack.initiateTransfer(stolen)).toMatchObject({ outcome: 'ok' });
    await provider.deliver();
    expect(await paystack.verifyTransfer(reference)).toMatchObject({ value: { status: 'rejected' } });
  });

  test('is given to one that we sent, to the kobo and the payee, and to no other', async () => {
    const sendable = await database.db.selectFrom('withdrawals').selectAll().executeTakeFirstOrThrow();
    await database.owner
      .updateTable('withdrawals')
      .set({ state: 'sent', ended_at: null, next_check_at: new Date() })
      .where('id', '=', sendable.id)
      .execute();
    const asked = {
      reference: sendable.reference,
      amount: 20_000_00,
      currency: 'NGN',
      recipient: { recipient_code: sendable.recipient_code },
      fee_charged: 2500,
    };
    expect((await ask(asked)).status).toBe(200);
    expect((await ask({ ...asked, recipient: sendable.recipient_code })).status).toBe(200);
    const others = [
      { ...asked, amount: 20_000_01 },
      { ...asked, currency: 'GHS' },
      { ...asked, recipient: { recipient_code: 'RCP_other' } },
      { ...asked, reference: 'wd-00000000-0000-4000-8000-000000000000' },
      { ...asked, reference: "wd-' or 1=1 --aaaaaaaaaaaaaa" },
      { ...asked, amount: '2000000' },
      { ...asked, amount: -1 },
      { ...asked, recipient: 7 },
      {},
      [],
      'not json',
      '',
    ];
    for (const other of others) expect((await ask(other)).status, JSON.stringify(other)).toBe(400);
    await database.owner
      .updateTable('withdrawals')
      .set({ state: 'paid', ended_at: sendable.ended_at, next_check_at: sendable.next_check_at })
      .where('id', '=', sendable.id)
      .execute();
    expect((await ask(asked)).status).toBe(400);
  });
});
