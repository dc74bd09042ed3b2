import type { Inputs } from '@errand-dash/sdk';
import type { Stage } from './stage.ts';
import { HOUR_SECONDS, readClock } from './virtual-clock.ts';

/** What an errand costs its sender at most, before anything of it comes back. */
export interface ErrandCost {
  rewardMinor: number;
  goodsBudgetMinor: number;
}

const dueAfterSeconds = 30 * HOUR_SECONDS;

/** An errand to post: provisions from the market to the gate of the university, in thirty hours. */
export async function provisions(
  stage: Stage,
  title: string,
  { rewardMinor, goodsBudgetMinor }: ErrandCost,
): Promise<Inputs['errands']['post']> {
  const now = await readClock(stage);
  return {
    kind: 'buy_and_deliver',
    title,
    description: 'Please pick fresh ones and keep the receipt.',
    items: [
      { name: 'Peak milk, 400 g tin', quantity: 2 },
      { name: 'Golden Morn, 900 g', quantity: 1 },
    ],
    deliverTo: {
      latitude: 6.5158,
      longitude: 3.3898,
      address: 'University of Lagos main gate, Akoka, Yaba',
    },
    currency: 'NGN',
    rewardMinor,
    goodsBudgetMinor,
    dueAt: new Date(now.getTime() + dueAfterSeconds * 1000),
  };
}
