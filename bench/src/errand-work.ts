import { type PostErrand, postErrandIn } from '@errand-dash/contract';
import type { ErrandDash } from '@errand-dash/sdk';

type PostErrandInput = Parameters<ErrandDash['errands']['post']>[0];

const hourMilliseconds = 3_600_000;

/** What a sender of the bench asks for, as the SDK takes it. */
export function anErrand(given: { rewardMinor?: number } = {}): PostErrandInput {
  return {
    kind: 'buy_and_deliver',
    title: 'Tomatoes (demo)',
    items: [{ name: 'tomatoes', quantity: 12 }],
    deliverTo: { latitude: 6.4281, longitude: 3.4219, address: '1 Demo Street' },
    currency: 'NGN',
    rewardMinor: given.rewardMinor ?? 450_000,
    goodsBudgetMinor: 600_000,
    dueAt: new Date(Date.now() + 6 * hourMilliseconds),
  };
}

/** The same as a command takes it. */
export const errandInput = (errand: PostErrandInput): PostErrand => postErrandIn.parse(errand);

/** Five calls: post, accept, start, complete, confirm. */
export async function runWholeErrand(sender: ErrandDash, runner: ErrandDash): Promise<void> {
  const errandId = await runToCompletion(sender, runner);
  await sender.errands.confirm({ errandId });
}

/** The four before the sender says that he is content. */
export async function runToCompletion(
  sender: ErrandDash,
  runner: ErrandDash,
  given: { rewardMinor?: number } = {},
): Promise<string> {
  const { errandId } = await sender.errands.post(anErrand(given));
  await runner.errands.accept({ errandId });
  await runner.errands.start({ errandId });
  await runner.errands.complete({ errandId, goodsSpentMinor: 500_000, receipt: 'Demo market' });
  return errandId;
}
