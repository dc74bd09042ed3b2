import type { Stage } from './stage.ts';
import { mustHold } from './story-step.ts';
import { until } from './until.ts';

/** Opens the checkout page and presses its button, as a browser does. */
export async function payAtCheckout(checkoutUrl: string): Promise<void> {
  const page = await fetch(checkoutUrl);
  const html = await page.text();
  mustHold(
    page.ok && /<button[^>]*name="action"[^>]*value="pay"/.test(html),
    `${checkoutUrl} has no button to pay`,
  );
  const body = new URLSearchParams({ action: 'pay' });
  const answer = await fetch(checkoutUrl, { method: 'POST', body, redirect: 'manual' });
  mustHold(answer.status === 303, `the checkout answered the payment with ${answer.status}`);
}

/** The next webhook about a payment arrives so many times. */
export async function planWebhooks(stage: Stage, arrivals: number): Promise<void> {
  const fault = { kind: 'webhook_duplicate', event: 'charge.success', arrivals };
  await ask(stage, '/sandbox/faults', { faults: [fault] });
}

/** Waits until that many webhooks have been answered, and says with which HTTP statuses. */
export async function untilDelivered(stage: Stage, event: string, count: number): Promise<number[]> {
  return until(`${count} webhooks ${event}`, async () => {
    const { data } = (await ask(stage, '/sandbox/deliveries')) as { data: Delivery[] };
    const answered = data.filter((delivery) => delivery.event === event && delivery.lastStatus !== null);
    return answered.length >= count ? answered.map(({ lastStatus }) => lastStatus ?? 0) : null;
  });
}

interface Delivery {
  event: string;
  lastStatus: number | null;
}

/** The sandbox's control port, which the real Paystack does not have. */
async function ask({ addresses }: Stage, path: string, body?: unknown): Promise<unknown> {
  const headers = { authorization: `Bearer ${addresses.sandboxSecret}`, 'content-type': 'application/json' };
  const post = { method: 'POST', headers, body: JSON.stringify(body) };
  const answer = await fetch(`${addresses.sandboxUrl}${path}`, body === undefined ? { headers } : post);
  mustHold(answer.ok, `the sandbox answered ${path} with ${answer.status}`);
  return answer.json();
}
