import type { BenchRow, Measure } from '../bench-row.ts';
import { runToCompletion } from '../errand-work.ts';
import { type BenchPerson, settleTown, type Town } from '../people.ts';

const pairs = 16;
/** How many errands each pair makes ready for a second of measuring. */
const errandsEachSecond = 3;

/** What it costs to have a call signed: a ceremony before it, and its verification. */
export const signedAction: BenchRow = {
  id: 'signed-action',
  unit: 'confirmations/s',
  heldAgainst: 'the same below the amount from which it is signed',
  reach: 0.3,
  prepare: async (context) => {
    const town = await settleTown(context, 2 * pairs);
    return {
      figure: confirming(town, { rewardMinor: 2_500_000 }),
      against: confirming(town, { rewardMinor: 450_000 }),
      close: town.close,
    };
  },
};

/** Times nothing but confirmations, of errands that were completed before. */
function confirming({ people }: Town, given: { rewardMinor: number }): Measure {
  const everybody = Array.from({ length: pairs }, (_, index) => ({
    sender: people[2 * index] as BenchPerson,
    runner: people[2 * index + 1] as BenchPerson,
  }));
  return async (seconds) => {
    const errandsEach = Math.ceil(seconds * errandsEachSecond);
    const ready = await Promise.all(
      everybody.map(async ({ sender, runner }) => {
        const errandIds: string[] = [];
        while (errandIds.length < errandsEach) {
          errandIds.push(await runToCompletion(sender.dash, runner.dash, given));
        }
        return { sender, errandIds };
      }),
    );
    const startedAt = performance.now();
    await Promise.all(
      ready.map(async ({ sender, errandIds }) => {
        for (const errandId of errandIds) await sender.dash.errands.confirm({ errandId });
      }),
    );
    return (pairs * errandsEach) / ((performance.now() - startedAt) / 1000);
  };
}
