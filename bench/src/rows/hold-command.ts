import { postErrand } from '@errand-dash/core';
import type { BenchRow } from '../bench-row.ts';
import { anErrand, errandInput } from '../errand-work.ts';
import { callers } from '../measure-row.ts';
import { pickOne, settleTown } from '../people.ts';
import { spreadPosts } from './post-spread.ts';

/** What the whole command around one movement costs. */
export const holdCommand: BenchRow = {
  id: 'hold-command',
  unit: 'errands/s',
  heldAgainst: 'post-spread',
  reach: 0.2,
  prepare: async (context) => {
    const { core, people, close } = await settleTown(context, 64);
    const post = () => postErrand(core, pickOne(people).call(), errandInput(anErrand()));
    return { figure: callers(16, post), against: await spreadPosts(context), close };
  },
};
