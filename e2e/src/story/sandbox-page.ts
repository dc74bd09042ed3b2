import { mustHold } from './story-step.ts';

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
