import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createPaystack, type Paystack } from '../client/paystack.ts';
import { createSandbox, type Sandbox, type SandboxOptions } from './sandbox.ts';

export const DEMO_SECRET = 'sk_test_demo_sandbox_only';

export interface ReceivedWebhook {
  readonly rawBody: Uint8Array;
  readonly signature: string | undefined;
}

export interface WebhookReceiver {
  readonly url: string;
  readonly received: ReceivedWebhook[];
  /** What the next deliveries are answered with; 200 to begin with. */
  answerWith(status: number): void;
  close(): Promise<void>;
}

export interface SandboxFixture {
  readonly sandbox: Sandbox;
  readonly url: string;
  readonly receiver: WebhookReceiver;
  readonly paystack: Paystack;
  /** Calls the control port or the API with the key and gives `data`, or throws with the status. */
  control(method: 'GET' | 'POST' | 'DELETE', path: string, body?: unknown): Promise<unknown>;
  plan(...faults: readonly object[]): Promise<unknown>;
  /** Submits the checkout form and does not follow the redirect. */
  act(authorizationUrl: string, action: 'pay' | 'decline' | 'abandon'): Promise<Response>;
  close(): Promise<void>;
}

/** A sandbox in this process with a receiver of webhooks and a client, for tests. */
export async function startSandboxFixture(options: Partial<SandboxOptions> = {}): Promise<SandboxFixture> {
  const receiver = await startWebhookReceiver();
  const sandbox = createSandbox({
    secretKey: DEMO_SECRET,
    webhookUrl: receiver.url,
    now: () => new Date(),
    retryScale: 1 / 18_000,
    transferStepSeconds: 0,
    ...options,
  });
  const { url } = await sandbox.listen(0);
  const secretKey = options.secretKey ?? DEMO_SECRET;
  const control = controlOf(url, secretKey);
  return {
    sandbox,
    url,
    receiver,
    paystack: createPaystack({
      secretKey: DEMO_SECRET,
      baseUrl: url,
      timeoutSeconds: 1,
    }),
    control,
    plan: (...faults) => control('POST', '/sandbox/faults', { faults }),
    act: (authorizationUrl, action) =>
      fetch(authorizationUrl, {
        method: 'POST',
        body: new URLSearchParams({ action }),
        redirect: 'manual',
      }),
    close: async () => {
      await sandbox.close();
      await receiver.close();
    },
  };
}

export function controlOf(url: string, secretKey: string): SandboxFixture['control'] {
  return async (method, path, body) => {
    const response = await fetch(`${url}${path}`, {
      method,
      headers: { authorization: `Bearer ${secretKey}`, 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const envelope = (await response.json()) as { data?: unknown; message: string };
    if (!response.ok) {
      throw new Error(`${response.status} ${envelope.message}`);
    }
    return envelope.data;
  };
}

export async function startWebhookReceiver(): Promise<WebhookReceiver> {
  const received: ReceivedWebhook[] = [];
  let status = 200;
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) {
      chunks.push(chunk as Buffer);
    }
    const signature = request.headers['x-paystack-signature'];
    received.push({
      rawBody: Buffer.concat(chunks),
      signature: typeof signature === 'string' ? signature : undefined,
    });
    response.writeHead(status).end();
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/webhooks/paystack`,
    received,
    answerWith: (next) => {
      status = next;
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** The value of an `ok` result; throws with the outcome of any other. */
export function okValue<Value>(
  result: { readonly outcome: 'ok'; readonly value: Value } | { readonly outcome: string },
): Value {
  if (result.outcome !== 'ok' || !('value' in result)) {
    throw new Error(`Expected ok, got ${JSON.stringify(result)}`);
  }
  return result.value;
}

/** A reference of our form that differs with the number. */
export function demoReference(prefix: string, number: number): string {
  return `${prefix}-00000000-0000-4000-8000-${String(number).padStart(12, '0')}`;
}
