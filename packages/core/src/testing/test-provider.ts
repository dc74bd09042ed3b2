import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createSandbox, type Fault } from '@errand-dash/paystack';
import type { Core } from '../core.ts';
import { createPayments, type PaymentSettings, receiveWebhook } from '../payments/index.ts';

/** The stand-in Paystack in this process, and a receiver of its webhooks that does what the API does. */
export interface TestProvider {
  /** Where it answers. */
  url: string;
  /** The key that it takes, for a process of its own. */
  secretKey: string;
  payments: PaymentSettings;
  /** The same, for who waits no longer than half a second. */
  impatient: PaymentSettings;
  /** To whom webhooks come from now on. */
  deliverTo: (core: Core) => void;
  /** What each webhook was answered, in order, and what it said. */
  answers: number[];
  bodies: { rawBody: Uint8Array; signature: string | undefined }[];
  /** Faults for what comes next. */
  plan: (...faults: FaultPlan[]) => Promise<void>;
  /** What the customer does on the checkout page. */
  act: (checkoutUrl: string | null, action: 'pay' | 'decline' | 'abandon') => Promise<void>;
  /** Lets every webhook arrive that is due. */
  deliver: () => Promise<void>;
  /** Lets go of the webhooks that were held back. */
  release: (order: 'as_queued' | 'reversed') => Promise<void>;
  moveClock: (seconds: number) => void;
  /** Puts money into our balance at the provider. */
  fundBalance: (amountMinor: bigint) => Promise<void>;
  /** Brings takings into our balance there that were held back. */
  settle: () => Promise<void>;
  /** Brings a transfer into a status by hand, as a bank would. */
  moveTransfer: (reference: string, status: string) => Promise<void>;
  /** What the bank says from now on when it is asked whose account it is. */
  nameAccount: (account: { bankCode: string; accountNumber: string; accountName: string }) => Promise<void>;
  close: () => Promise<void>;
}

/** A fault as the sandbox's control port takes it, with its defaults left out. */
export type FaultPlan = { kind: Fault['kind'] } & Record<string, unknown>;

export async function startTestProvider(
  given: { secretKey?: string; approvalUrl?: string; isSettlementHeld?: boolean } = {},
): Promise<TestProvider> {
  const { secretKey = 'sk_test_demo_provider', approvalUrl = null, isSettlementHeld = false } = given;
  const receiver = await startReceiver();
  let offsetSeconds = 0;
  const sandbox = createSandbox({
    secretKey,
    webhookUrl: receiver.url,
    approvalUrl,
    isSettlementHeld,
    isClockAdjustable: true,
    now: () => new Date(Date.now() + offsetSeconds * 1000),
    // A webhook that was refused comes again after minutes, when the test is over.
    retryScale: 1,
  });
  const { url } = await sandbox.listen(0);
  const control = async (path: string, body: unknown) => {
    const headers = { authorization: `Bearer ${secretKey}`, 'content-type': 'application/json' };
    const answer = await fetch(`${url}${path}`, { method: 'POST', headers, body: JSON.stringify(body) });
    if (!answer.ok) throw new Error(`the sandbox answered ${answer.status}: ${await answer.text()}`);
  };
  const settings = { secretKey, previousSecretKeys: [], baseUrl: url };
  return {
    url,
    secretKey,
    payments: createPayments(settings),
    impatient: createPayments({ ...settings, timeoutSeconds: 0.5 }),
    deliverTo: receiver.deliverTo,
    answers: receiver.answers,
    bodies: receiver.bodies,
    plan: (...faults) => control('/sandbox/faults', { faults }),
    act: async (checkoutUrl, action) => {
      if (checkoutUrl === null) throw new Error('there is no checkout page');
      const body = new URLSearchParams({ action });
      const answer = await fetch(checkoutUrl, { method: 'POST', body, redirect: 'manual' });
      if (answer.status >= 400) throw new Error(`the checkout page answered ${answer.status}`);
    },
    deliver: () => sandbox.workUntilQuiet(),
    release: (order) => control('/sandbox/webhooks/release', { order }),
    moveClock: (seconds) => {
      offsetSeconds += seconds;
    },
    fundBalance: (amountMinor) => control('/sandbox/balance', { amountMinor: Number(amountMinor) }),
    settle: () => control('/sandbox/settle', {}),
    moveTransfer: (reference, status) => control('/sandbox/transfers', { reference, status }),
    nameAccount: (account) => control('/sandbox/accounts', account),
    close: async () => {
      await sandbox.close();
      await receiver.close();
    },
  };
}

async function startReceiver() {
  let core: Core | null = null;
  const answers: number[] = [];
  const bodies: TestProvider['bodies'] = [];
  const working = new Set<Promise<void>>();
  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const given = request.headers['x-paystack-signature'];
    const webhook = {
      rawBody: Buffer.concat(chunks),
      signature: typeof given === 'string' ? given : undefined,
    };
    bodies.push(webhook);
    const reception = core === null ? null : await receiveWebhook(core, webhook);
    const status = reception === null ? 503 : reception.outcome === 'stored' ? 200 : 401;
    answers.push(status);
    response.writeHead(status).end();
  };
  const server = createServer((request, response) => {
    const work = answer(request, response).finally(() => working.delete(work));
    working.add(work);
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/webhooks/paystack`,
    answers,
    bodies,
    deliverTo: (next: Core) => {
      core = next;
    },
    close: async () => {
      const closed = new Promise<void>((resolve) => {
        server.close(() => resolve());
      });
      // Whoever closes this drops the database next, under what has just arrived.
      await Promise.all(working);
      server.closeAllConnections();
      await closed;
    },
  };
}
