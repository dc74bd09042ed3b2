import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { type PreparedEmbedded, prepareEmbedded } from '@errand-dash/db/embedded';

/** What the keeper tells the supervisor each time the database has come up. */
export interface DatabaseUp {
  kind: 'database-up';
  port: number;
  ownerUrl: string;
  applicationUrl: string;
}

/**
 * `database-keeper.ts <folder> <durable|throw-away>`: starts the embedded PostgreSQL, starts it again when it dies,
 * and stops it when it is told to end or its supervisor is gone.
 */
async function main(): Promise<void> {
  const [dataFolder = '', safety = 'durable'] = process.argv.slice(2);
  const logger = { info: (message: string) => console.log(new Date().toISOString(), message) };
  const end = new AbortController();
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => end.abort());
  let database: PreparedEmbedded | null = null;
  while (!end.signal.aborted) {
    database = await prepareEmbedded({ dataFolder, durable: safety === 'durable', logger });
    const { cluster, ownerUrl, applicationUrl } = database;
    const news: DatabaseUp = { kind: 'database-up', port: cluster.port, ownerUrl, applicationUrl };
    // Without the callback a supervisor that is gone would be an error of ours.
    process.send?.(news, undefined, undefined, () => undefined);
    while (isAlive(cluster.pid) && !end.signal.aborted) {
      await sleep(200, undefined, { signal: end.signal }).catch(() => undefined);
    }
  }
  await database?.cluster.stop();
  process.disconnect?.();
}

/** A process that died and that nobody waited for still takes signals, so on Linux its state is looked at. */
function isAlive(pid: number): boolean {
  try {
    if (process.platform === 'linux') return !/\) Z /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

await main();
