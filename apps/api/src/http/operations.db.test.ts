import { createHmac } from 'node:crypto';
import { formatId } from '@errand-dash/contract';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { sayTo } from '../testing/say-to.ts';
import { startTestApi, type TestApi } from '../testing/test-api.ts';

let api: TestApi;
beforeAll(async () => {
  api = await startTestApi();
});
afterAll(() => api.close());

describe('operations', () => {
  test('shows the book with each line beside its recomputation', async () => {
    const response = await fetch(`${api.opsUrl}/balances`);
    expect(await response.json()).toMatchObject({ isSound: true, violations: [] });
  });

  test('shows in what the books do not agree', async () => {
    const response = await fetch(`${api.opsUrl}/drifts`);
    expect(response.status).toBe(200);
    expect(await response.json()).toEqual({ drifts: [] });
  });

  test('shows what of payments waits for a person', async () => {
    const { webhookSecrets } = api.core.payments;
    const body = '{"event":"invoice.create","data":{"domain":"test"}}';
    const signature = createHmac('sha512', webhookSecrets[0] ?? '')
      .update(body)
      .digest('hex');
    const headers = { 'content-type': 'application/json', 'x-paystack-signature': signature };
    const stored = await fetch(`${api.url}/webhooks/paystack`, { method: 'POST', headers, body });
    expect(stored.status).toBe(200);
    const { setAside, ...others } = (await (await fetch(`${api.opsUrl}/alerts`)).json()) as {
      setAside: { deliveryId: string; event: string | null; reason: string }[];
    };
    expect(others).toEqual({ mismatched: [], silent: [], withdrawals: [], standstills: [] });
    const listed = setAside.find(({ event }) => event === 'invoice.create');
    expect(listed).toMatchObject({ deliveryId: expect.stringMatching(/^webhook_delivery_/) });
  });

  test('reports what reconciliation did on a day, and refuses a day that is none', async () => {
    const response = await fetch(`${api.opsUrl}/reconciliation?day=2026-03-01`);
    expect(response.status).toBe(200);
    expect(await response.json()).toMatchObject({
      day: '2026-03-01',
      isComplete: false,
      runs: [],
      drifts: [],
    });
    for (const query of ['?day=2026-02-30', '?day=today', '?day=2026-03-01&day=2026-03-02']) {
      const refused = await fetch(`${api.opsUrl}/reconciliation${query}`);
      expect(refused.status, query).toBe(400);
      expect(await refused.json()).toMatchObject({ error: { code: 'INPUT_INVALID' } });
    }
  });

  test('tells the audit log of whose money somebody looked at', async () => {
    const { userId } = await api.makeUser('ada_obi');
    const response = await fetch(`${api.opsUrl}/balances/${formatId('user', userId)}`);
    expect(await response.json()).toMatchObject({ balances: [{ currency: 'NGN', availableMinor: 0 }] });
    const entries = await api.core.db
      .selectFrom('audit_entries')
      .where('name', '=', 'wallet.recomputeBalances')
      .select(['kind', 'outcome', 'actor_kind', 'actor_reference', 'subjects'])
      .execute();
    expect(entries).toEqual([
      {
        kind: 'read',
        outcome: 'done',
        actor_kind: 'server',
        actor_reference: 'operations',
        subjects: [`user ${userId}`],
      },
    ]);
  });

  test('shows that the database answers', async () => {
    const response = await fetch(`${api.opsUrl}/health/detailed`);
    expect(await response.json()).toMatchObject({ status: 'ok', database: { isReachable: true } });
  });

  test('does not answer to another name of this machine', async () => {
    const { port } = new URL(api.opsUrl);
    const answer = await sayTo(
      Number(port),
      'GET /balances HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n',
    );
    expect(answer).toMatch(/^HTTP\/1\.1 403/);
  });
});
