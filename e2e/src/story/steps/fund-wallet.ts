import { naira } from '../naira.ts';
import { payAtCheckout, planWebhooks, untilDelivered } from '../sandbox-page.ts';
import { mustHold, type StoryStep } from '../story-step.ts';
import { until } from '../until.ts';

const amountMinor = 20_000_00;
const arrivals = 3;

/** The sender pays at the checkout; its webhook arrives three times and is credited once. */
export const fundWallet: StoryStep = {
  name: 'fund-wallet',
  play: async (stage) => {
    const { dash, name } = stage.ada;
    await planWebhooks(stage, arrivals);
    const started = await dash.wallet.startTopUp({ amountMinor, currency: 'NGN', email: 'ada@demo.example' });
    const { topUpId } = started;
    const checkoutUrl =
      started.checkoutUrl ??
      (await until(
        'the checkout address',
        async () => (await dash.wallet.getTopUp({ topUpId })).checkoutUrl,
      ));
    await payAtCheckout(checkoutUrl);
    const statuses = await untilDelivered(stage, 'charge.success', arrivals);
    mustHold(
      statuses.length === arrivals && statuses.every((status) => status === 200),
      `the webhooks were answered ${statuses.join(', ')}`,
    );
    await until('the credit of the top-up', async () => {
      const { state } = await dash.wallet.getTopUp({ topUpId });
      mustHold(['created', 'pending', 'succeeded'].includes(state), `the top-up ended as ${state}`);
      return state === 'succeeded' ? true : null;
    });
    return {
      line: `${name} funds ${naira(amountMinor)} at the Paystack checkout`,
      remarks: [`the signed webhook arrived ${arrivals} times and was answered 200 each time; credited once`],
      moves: { 'Ada wallet': amountMinor },
    };
  },
};
