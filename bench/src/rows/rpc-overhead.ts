import { benchEnvironment } from '../bench-environment.ts';
import type { BenchRow } from '../bench-row.ts';
import { requester } from '../http-load.ts';
import { pingUrl, startServers } from '../start-servers.ts';

const connections = 32;

/** What the whole of our server costs over the least that express can do. */
export const rpcOverhead: BenchRow = {
  id: 'rpc-overhead',
  unit: 'calls/s',
  heldAgainst: 'the same JSON from a bare express route',
  reach: 0.15,
  prepare: async ({ applicationUrl }) => {
    const servers = await startServers(benchEnvironment(applicationUrl));
    return {
      figure: requester(connections, pingUrl(servers)),
      against: requester(connections, servers.bareUrl),
      close: servers.close,
    };
  },
};
