import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { parseWebhookEvent } from '../webhook/parse-webhook-event.ts';
import { demoReference, okValue, type SandboxFixture, startSandboxFixture } from './sandbox-fixture.ts';
import type { TransferOutcome } from './transfers/transfer-outcomes.ts';

const reference = demoReference('wd', 1);
const FUNDED = 10_000_000n;
const DEBIT = 500_000n + 1_000n;
let fixture: SandboxFixture;

beforeEach(async () => {
  fixture = await startSandboxFixture();
});
afterEach(() => fixture.close());

async function fund(): Promise<void> {
  await fixture.control('POST', '/sandbox/balance', { amountMinor: Number(FUNDED) });
}

async function recipientCode(): Promise<string> {
  const result = await fixture.paystack.createTransferRecipient({
    name: 'Ada Demo',
    accountNumber: '0123456789',
    bankCode: '058',
    currency: 'NGN',
  });
  return okValue(result).recipientCode;
}

async function initiate(more: { reference?: string; amountMinor?: bigint } = {}) {
  return fixture.paystack.initiateTransfer({
    amountMinor: 500_000n,
    currency: 'NGN',
    recipientCode: await recipientCode(),
    reference,
    reason: 'Payout',
    ...more,
  });
}

async function balance(): Promise<bigint | undefined> {
  return okValue(await fixture.paystack.fetchBalance())[0]?.balanceMinor;
}

function events(): (string | undefined)[] {
  return fixture.receiver.received.map(({ rawBody }) => parseWebhookEvent(rawBody)?.event);
}

describe('a recipient', () => {
  it('is made once for one account', async () => {
    const first = await recipientCode();
    expect(await recipientCode()).toBe(first);
    const other = await fixture.paystack.createTransferRecipient({
      name: 'Ada Demo',
      accountNumber: '0123456780',
      bankCode: '058',
      currency: 'NGN',
    });
    expect(okValue(other)).toMatchObject({ accountNumber: '0123456780', bankCode: '058', accountName: null });
    expect(okValue(other).recipientCode).not.toBe(first);
  });

  it('is refused at a bank that does not exist', async () => {
    const result = await fixture.paystack.createTransferRecipient({
      name: 'Ada Demo',
      accountNumber: '0123456789',
      bankCode: '000',
      currency: 'NGN',
    });
    expect(result).toMatchObject({ outcome: 'refused', code: 'invalid_bank_code' });
  });
});

describe('a transfer', () => {
  it('debits amount and fee when it is created and is announced when it succeeds', async () => {
    await fund();
    await fixture.sandbox.workUntilQuiet();
    const created = okValue(await initiate());
    expect(created).toMatchObject({ status: 'pending', feeChargedMinor: null, recipientCode: null });
    expect(await balance()).toBe(FUNDED - DEBIT);
    await fixture.sandbox.workUntilQuiet();
    expect(okValue(await fixture.paystack.verifyTransfer(reference))).toMatchObject({
      id: created.id,
      transferCode: created.transferCode,
      status: 'success',
      amountMinor: 500_000n,
      feeChargedMinor: 1_000n,
      recipientCode: await recipientCode(),
      sessionId: expect.stringMatching(/^\d{30}$/),
    });
    expect(events()).toEqual(['transfer.success']);
    expect(await balance()).toBe(FUNDED - DEBIT);
  });

  const outcomes: [TransferOutcome, string, string[], bigint][] = [
    ['success', 'success', ['transfer.success'], DEBIT],
    ['pending_then_success', 'success', ['transfer.success'], DEBIT],
    ['pending', 'pending', [], DEBIT],
    ['failed', 'failed', ['transfer.failed'], 0n],
    ['reversed', 'reversed', ['transfer.reversed'], 0n],
    ['success_then_reversed', 'reversed', ['transfer.success', 'transfer.reversed'], 0n],
    ['otp', 'otp', [], DEBIT],
    ['abandoned', 'abandoned', [], 0n],
    ['received', 'received', [], DEBIT],
    ['blocked', 'blocked', [], 0n],
    ['rejected', 'rejected', [], 0n],
  ];
  it.each(outcomes)('planned as %s ends %s with %j', async (outcome, status, announced, kept) => {
    await fund();
    await fixture.plan({ kind: 'transfer_outcome', outcome, reference });
    okValue(await initiate());
    await fixture.sandbox.workUntilQuiet();
    expect(okValue(await fixture.paystack.verifyTransfer(reference)).status).toBe(status);
    expect(events().toSorted()).toEqual(announced.toSorted());
    expect(await balance()).toBe(FUNDED - kept);
    const rows = okValue(await fixture.paystack.listBalanceLedger({})).items;
    expect(rows.reduce((sum, row) => sum + row.differenceMinor, 0n)).toBe(FUNDED - kept);
    expect(rows[0]?.balanceMinor).toBe(FUNDED - kept);
  });

  it('is refused under a reference that is taken, and money moves once', async () => {
    await fund();
    okValue(await initiate());
    expect(await initiate()).toMatchObject({
      outcome: 'refused',
      reason: 'duplicate_reference',
      code: 'duplicate_transfer_reference',
    });
    expect(await balance()).toBe(FUNDED - DEBIT);
  });

  it('is refused as our shortage when the balance does not cover amount and fee', async () => {
    await fund();
    expect(await initiate({ amountMinor: FUNDED })).toMatchObject({
      outcome: 'refused',
      reason: 'balance_insufficient',
    });
    expect(await fixture.paystack.verifyTransfer(reference)).toMatchObject({ outcome: 'notFound' });
    expect(await balance()).toBe(FUNDED);
  });

  it('is refused to a recipient that does not exist', async () => {
    await fund();
    const result = await fixture.paystack.initiateTransfer({
      amountMinor: 100n,
      currency: 'NGN',
      recipientCode: 'RCP_nobody',
      reference,
    });
    expect(result).toMatchObject({ outcome: 'refused', reason: 'recipient_invalid' });
  });

  it('can be announced before its creation is answered', async () => {
    await fund();
    await fixture.plan(
      { kind: 'transfer_outcome', outcome: 'success' },
      { kind: 'webhook_first', endpoint: 'POST /transfer', reference },
    );
    expect(okValue(await initiate()).status).toBe('success');
    expect(events()).toEqual(['transfer.success']);
  });

  it('can be reversed by hand after success, once', async () => {
    await fund();
    okValue(await initiate());
    await fixture.sandbox.workUntilQuiet();
    await fixture.control('POST', '/sandbox/transfers', { reference, status: 'reversed' });
    await expect(
      fixture.control('POST', '/sandbox/transfers', { reference, status: 'reversed' }),
    ).rejects.toThrow('400');
    await fixture.sandbox.workUntilQuiet();
    expect(events()).toEqual(['transfer.success', 'transfer.reversed']);
    expect(await balance()).toBe(FUNDED);
  });

  it('catches up with several steps when the clock moves by a day', async () => {
    await fixture.close();
    let now = new Date('2026-01-01T00:00:00Z');
    fixture = await startSandboxFixture({ now: () => now, transferStepSeconds: 3_600 });
    await fund();
    await fixture.plan({ kind: 'transfer_outcome', outcome: 'success_then_reversed' });
    okValue(await initiate());
    await fixture.sandbox.workUntilQuiet();
    expect(okValue(await fixture.paystack.verifyTransfer(reference)).status).toBe('pending');
    now = new Date('2026-01-02T00:00:00Z');
    await fixture.sandbox.workUntilQuiet();
    expect(okValue(await fixture.paystack.verifyTransfer(reference)).status).toBe('reversed');
  });
});

describe('the approval URL', () => {
  async function withApproval(status: number | null): Promise<{ asked: unknown[]; status: string }> {
    const asked: unknown[] = [];
    const approver = createServer(async (request, response) => {
      const chunks: Buffer[] = [];
      for await (const chunk of request) {
        chunks.push(chunk as Buffer);
      }
      asked.push(JSON.parse(Buffer.concat(chunks).toString()));
      if (status === null) {
        response.destroy();
      } else {
        response.writeHead(status).end('{}');
      }
    });
    await new Promise<void>((resolve) => {
      approver.listen(0, '127.0.0.1', resolve);
    });
    const { port } = approver.address() as AddressInfo;
    await fixture.close();
    fixture = await startSandboxFixture({ approvalUrl: `http://127.0.0.1:${port}/approve` });
    await fund();
    expect(okValue(await initiate()).status).toBe('received');
    await fixture.sandbox.workUntilQuiet();
    approver.close();
    return { asked, status: okValue(await fixture.paystack.verifyTransfer(reference)).status };
  }

  it.each([
    [200, 'success', DEBIT],
    [400, 'rejected', 0n],
    [500, 'blocked', 0n],
    [null, 'blocked', 0n],
  ])('that answers %s makes the transfer %s', async (answer, status, kept) => {
    const result = await withApproval(answer);
    expect(result.status).toBe(status);
    expect(result.asked).toHaveLength(1);
    expect(result.asked[0]).toMatchObject({ reference, amount: 500_000, status: 'received' });
    expect(await balance()).toBe(FUNDED - kept);
  });
});

describe('banks', () => {
  it('are listed with codes as text', async () => {
    const { items, next } = okValue(await fixture.paystack.listBanks({ currency: 'NGN' }));
    expect(next).toBeNull();
    expect(items).toContainEqual(expect.objectContaining({ code: '058', name: 'Guaranty Trust Bank' }));
  });

  it('resolve an account to a name, the one set by hand included', async () => {
    const account = { accountNumber: '0123456789', bankCode: '058' };
    const { accountName } = okValue(await fixture.paystack.resolveAccount(account));
    expect(accountName).toMatch(/^[A-Z]+ [A-Z]+$/);
    await fixture.control('POST', '/sandbox/accounts', { ...account, accountName: 'OLU TEST' });
    expect(okValue(await fixture.paystack.resolveAccount(account))).toEqual({
      accountNumber: '0123456789',
      accountName: 'OLU TEST',
    });
  });

  it('do not resolve an account that does not exist, and a limit is something else', async () => {
    const account = { accountNumber: '0000123456', bankCode: '058' };
    expect(await fixture.paystack.resolveAccount(account)).toMatchObject({
      outcome: 'refused',
      httpStatus: 422,
    });
    await fixture.plan({ kind: 'limited', endpoint: 'GET /bank/resolve', retryAfterSeconds: 60 });
    expect(await fixture.paystack.resolveAccount(account)).toEqual({
      outcome: 'limited',
      retryAfterSeconds: 60,
    });
  });
});
