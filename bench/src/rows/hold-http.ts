import type { BenchRow } from '../bench-row.ts';
import { anErrand } from '../errand-work.ts';
import { callers } from '../measure-row.ts';
import { pickOne, settleTown } from '../people.ts';
import { spreadPosts } from './post-spread.ts';

/** What the wire costs besides: the same errand through SDK, HTTP and tRPC. */
export const holdHttp: BenchRow = {
  id: 'hold-http',
  unit: 'errands/s',
  heldAgainst: 'post-spread',
  reach: 0.08,
  prepare: async (context) => {
    const { people, close } = await settleTown(context, 64);
    const post = () => pickOne(people).dash.errands.post(anErrand());
    return { figure: callers(16, post), against: await spreadPosts(context), close };
  },
};
