import { naira } from '../naira.ts';
import { payIn, untilCredited } from '../pay-in.ts';
import { planFaults, untilDelivered } from '../sandbox-control.ts';
import { mustHold, type StoryStep } from '../story-step.ts';

const amountMinor = 20_000_00;
const arrivals = 3;

/** The sender pays at the checkout; its webhook arrives three times and is credited once. */
export const fundWallet: StoryStep = {
  name: 'fund-wallet',
  play: async (stage) => {
    const { ada } = stage;
    await planFaults(stage, { kind: 'webhook_duplicate', event: 'charge.success', arrivals });
    const topUpId = await payIn(ada, amountMinor);
    const statuses = await untilDelivered(stage, 'charge.success', arrivals);
    mustHold(
      statuses.length === arrivals && statuses.every((status) => status === 200),
      `the webhooks were answered ${statuses.join(', ')}`,
    );
    await untilCredited(ada, topUpId);
    return {
      line: `${ada.name} funds ${naira(amountMinor)} at the Paystack checkout`,
      remarks: [`the signed webhook arrived ${arrivals} times and was answered 200 each time; credited once`],
      moves: { 'Ada wallet': amountMinor },
    };
  },
};
