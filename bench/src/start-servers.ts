import { fork } from 'node:child_process';
import { once } from 'node:events';

/** Where the two servers of the bench answer. */
export interface ServerAddresses {
  /** Our whole API. */
  apiUrl: string;
  /** A bare express route with the JSON of an empty query. */
  bareUrl: string;
}

/** Starts both in one child process, with this environment. */
export async function startServers(
  environment: Record<string, string>,
): Promise<ServerAddresses & { close: () => Promise<void> }> {
  const child = fork(new URL('serve.ts', import.meta.url));
  child.send(environment);
  const ended = once(child, 'exit');
  const started = once(child, 'message').then(([message]) => message as ServerAddresses);
  const addresses = await Promise.race([started, ended.then(() => null)]);
  if (addresses === null) throw new Error('the servers of the bench did not start');
  return {
    ...addresses,
    close: async () => {
      child.disconnect();
      await ended;
    },
  };
}

/** An empty query of the API, which asks the database nothing. */
export const pingUrl = ({ apiUrl }: ServerAddresses): string => `${apiUrl}/trpc/system.ping`;
