import type { BenchRow } from '../bench-row.ts';
import { anErrand, runWholeErrand } from '../errand-work.ts';
import { pickTwo } from '../ledger-sets.ts';
import { callers } from '../measure-row.ts';
import { pickOne, settleTown } from '../people.ts';

/** Whether the calls of an errand's later life cost more than its first. */
export const errandHttp: BenchRow = {
  id: 'errand-http',
  unit: 'calls/s',
  heldAgainst: 'hold-http',
  reach: 0.8,
  prepare: async (context) => {
    const { people, close } = await settleTown(context, 64);
    const wholeErrand = () => {
      const [sender, runner] = pickTwo(people);
      return runWholeErrand(sender.dash, runner.dash);
    };
    const post = () => pickOne(people).dash.errands.post(anErrand());
    return { figure: callers(16, wholeErrand, 5), against: callers(16, post), close };
  },
};
