import { fork } from 'node:child_process';
import { once } from 'node:events';
import type { BenchRow } from '../bench-row.ts';
import { requester } from '../http-load.ts';
import type { RpcServers } from '../rpc-servers.ts';

const connections = 32;

/** What the whole of our server costs over the least that express can do. */
export const rpcOverhead: BenchRow = {
  id: 'rpc-overhead',
  unit: 'calls/s',
  heldAgainst: 'the same JSON from a bare express route',
  reach: 0.15,
  prepare: async () => {
    const child = fork(new URL('../rpc-servers.ts', import.meta.url));
    const ended = once(child, 'exit');
    const started = once(child, 'message').then(([message]) => message as RpcServers);
    const servers = await Promise.race([started, ended.then(() => null)]);
    if (servers === null) throw new Error('the servers of the row rpc-overhead did not start');
    return {
      figure: requester(connections, servers.apiUrl),
      against: requester(connections, servers.bareUrl),
      close: async () => {
        child.disconnect();
        await ended;
      },
    };
  },
};
