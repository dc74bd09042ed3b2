import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createPaystack } from '../client/paystack.ts';
import { verifyWebhookSignature } from '../webhook/verify-webhook-signature.ts';
import {
  controlOf,
  DEMO_SECRET,
  demoReference,
  okValue,
  startWebhookReceiver,
  type WebhookReceiver,
} from './sandbox-fixture.ts';

const main = fileURLToPath(new URL('./main.ts', import.meta.url));
const reference = demoReference('tu', 1);
let folder: string;
let books: string;
let receiver: WebhookReceiver;
let children: ChildProcess[];

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'sandbox-main-'));
  books = join(folder, 'books.jsonl');
  receiver = await startWebhookReceiver();
  children = [];
});
afterEach(async () => {
  for (const child of children) {
    child.kill('SIGKILL');
  }
  await receiver.close();
  rmSync(folder, { recursive: true });
});

async function start(...more: string[]): Promise<{ child: ChildProcess; url: string }> {
  const options = ['--port', '0', '--secret', DEMO_SECRET, '--webhook-url', receiver.url];
  const child = run(...options, '--books', books, '--retry-scale', '0.0001', ...more);
  const [line] = (await once(child.stdout ?? child, 'data')) as [Buffer];
  const url = /listens on (\S+)/.exec(line.toString())?.[1];
  if (url === undefined) {
    throw new Error(`The sandbox said: ${line.toString()}`);
  }
  return { child, url };
}

function run(...options: string[]): ChildProcess {
  const child = spawn(process.execPath, [main, ...options], { stdio: ['ignore', 'pipe', 'pipe'] });
  children.push(child);
  return child;
}

async function kill(child: ChildProcess): Promise<void> {
  child.kill('SIGKILL');
  await once(child, 'exit');
}

const clientOf = (baseUrl: string) => createPaystack({ secretKey: DEMO_SECRET, baseUrl, timeoutSeconds: 5 });

async function openAndPay(url: string): Promise<void> {
  const opened = await clientOf(url).initializeTransaction({
    email: 'ada@example.test',
    amountMinor: 2_000_000n,
    currency: 'NGN',
    reference,
  });
  await fetch(okValue(opened).authorizationUrl, {
    method: 'POST',
    body: new URLSearchParams({ action: 'pay' }),
    redirect: 'manual',
  });
}

describe('the sandbox as a process', () => {
  it('takes a payment and delivers its webhook, alone', async () => {
    const { url } = await start();
    await openAndPay(url);
    await expect.poll(() => receiver.received.length).toBe(1);
    const [webhook] = receiver.received;
    expect(webhook && verifyWebhookSignature({ ...webhook, secrets: [DEMO_SECRET] })).toBe(true);
    expect(okValue(await clientOf(url).verifyTransaction(reference)).status).toBe('success');
  });

  it('killed without warning, it has its books, its faults and its undelivered webhooks again', async () => {
    receiver.answerWith(500);
    const first = await start();
    await controlOf(first.url, DEMO_SECRET)('POST', '/sandbox/faults', {
      faults: [{ kind: 'delay', endpoint: 'GET /bank', delaySeconds: 0 }],
    });
    await openAndPay(first.url);
    await expect.poll(() => receiver.received.length).toBeGreaterThan(0);
    const before = okValue(await clientOf(first.url).verifyTransaction(reference));
    await kill(first.child);

    receiver.answerWith(200);
    receiver.received.splice(0);
    const second = await start();
    const paystack = clientOf(second.url);
    expect(okValue(await paystack.verifyTransaction(reference))).toEqual(before);
    expect(okValue(await paystack.fetchBalance())).toEqual([{ currency: 'NGN', balanceMinor: 1_960_000n }]);
    expect(okValue(await paystack.listBalanceLedger({})).items).toHaveLength(1);
    const control = controlOf(second.url, DEMO_SECRET);
    expect(await control('GET', '/sandbox/faults')).toHaveLength(1);
    await expect.poll(() => receiver.received.length).toBe(1);
    await expect
      .poll(async () => await control('GET', '/sandbox/deliveries'))
      .toEqual([expect.objectContaining({ state: 'delivered', lastStatus: 200 })]);
    expect(statSync(books).mode & 0o777).toBe(0o600);
  });

  it('killed in the middle of many payments, it has every one that it acknowledged', async () => {
    const { child, url } = await start();
    const paystack = clientOf(url);
    const acknowledged: string[] = [];
    const paying = Array.from({ length: 200 }, async (_, number) => {
      const result = await paystack.initializeTransaction({
        email: 'ada@example.test',
        amountMinor: 100n,
        currency: 'NGN',
        reference: demoReference('tu', number),
      });
      if (result.outcome === 'ok') {
        acknowledged.push(result.value.reference);
      }
      if (acknowledged.length === 50) {
        child.kill('SIGKILL');
      }
    });
    await Promise.all(paying);
    expect(acknowledged.length).toBeGreaterThanOrEqual(50);
    const second = await start();
    for (const known of acknowledged) {
      expect((await clientOf(second.url).verifyTransaction(known)).outcome).toBe('ok');
    }
  });

  it.each(['SIGTERM', 'SIGINT'] as const)('ends with 0 on %s', async (signal) => {
    const { child } = await start();
    child.kill(signal);
    expect(await once(child, 'exit')).toEqual([0, null]);
  });

  it.each([
    ['no port', ['--secret', DEMO_SECRET]],
    ['no secret', ['--port', '0']],
    ['a live key', ['--port', '0', '--secret', 'sk_live_demo_only']],
    ['an address that is none', ['--port', '0', '--secret', DEMO_SECRET, '--webhook-url', 'nowhere']],
    ['an option it does not know', ['--port', '0', '--secret', DEMO_SECRET, '--wat']],
    ['an outcome it does not know', ['--port', '0', '--secret', DEMO_SECRET, '--transfer-outcome', 'x']],
  ])('with %s it says how to use it and ends with 2', async (_name, options) => {
    const child = run(...options);
    let text = '';
    child.stderr?.on('data', (chunk: Buffer) => {
      text += chunk.toString();
    });
    expect(await once(child, 'close')).toEqual([2, null]);
    expect(text).toContain('Usage:');
    expect(text).not.toContain('sk_live_demo_only');
  });
});
