import type { BenchRow } from '../bench-row.ts';
import { requester } from '../http-load.ts';
import { callers } from '../measure-row.ts';
import { settleTown } from '../people.ts';
import { pingUrl } from '../start-servers.ts';

/** A whole sign-in through HTTP, from the options to the tokens. */
export const signIn: BenchRow = {
  id: 'sign-in',
  unit: 'sign-ins/s',
  heldAgainst: 'an empty query by nobody',
  reach: 0.1,
  prepare: async (context) => {
    const town = await settleTown(context, 64);
    let turn = 0;
    // One after the other, so that nobody signs in twice at once.
    const nextPerson = () => town.people[turn++ % town.people.length] as (typeof town.people)[number];
    const enter = async () => {
      const { dash, handle } = nextPerson();
      await dash.signIn({ handle });
    };
    return { figure: callers(16, enter), against: requester(32, pingUrl(town)), close: town.close };
  },
};
