import type { BenchRow } from '../bench-row.ts';
import { requester } from '../http-load.ts';
import { settleTown } from '../people.ts';
import { pingUrl } from '../start-servers.ts';

const connections = 32;

/** What it costs to know who calls. */
export const authCheck: BenchRow = {
  id: 'auth-check',
  unit: 'calls/s',
  heldAgainst: 'the same empty query by nobody',
  reach: 0.6,
  prepare: async (context) => {
    const town = await settleTown(context, connections);
    const headers = town.people.map(({ accessToken }) => `Authorization: Bearer ${accessToken}\r\n`);
    return {
      figure: requester(connections, pingUrl(town), headers),
      against: requester(connections, pingUrl(town)),
      close: town.close,
    };
  },
};
