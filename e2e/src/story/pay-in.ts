import { payAtCheckout } from './sandbox-page.ts';
import type { Person } from './stage.ts';
import { mustHold } from './story-step.ts';
import { until } from './until.ts';

/** Starts a top-up and pays it at the checkout. Says which it is; it is not credited yet. */
export async function payIn({ dash, handle }: Person, amountMinor: number): Promise<string> {
  const email = `${handle}@demo.example`;
  const { topUpId, checkoutUrl } = await dash.wallet.startTopUp({ amountMinor, currency: 'NGN', email });
  const readUrl = async () => (await dash.wallet.getTopUp({ topUpId })).checkoutUrl;
  await payAtCheckout(checkoutUrl ?? (await until('the checkout address', readUrl)));
  return topUpId;
}

/** Waits until a top-up is in the wallet. */
export async function untilCredited({ dash }: Person, topUpId: string): Promise<void> {
  await until('the credit of the top-up', async () => {
    const { state } = await dash.wallet.getTopUp({ topUpId });
    mustHold(['created', 'pending', 'succeeded'].includes(state), `the top-up ended as ${state}`);
    return state === 'succeeded' ? true : null;
  });
}
