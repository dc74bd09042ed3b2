import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type PreparedEmbedded, prepareEmbedded } from '../embedded/prepare-embedded.ts';
import { migrateToLatest } from '../migrate.ts';
import { migrations } from '../migrations/index.ts';
import { withClient } from './with-client.ts';

/** A migrated database, safe against crashes, on a cluster of its own that may be hurt. */
export interface FaultyCluster {
  readonly ownerUrl: string;
  readonly applicationUrl: string;
  /** Ends one connection of the application, whatever it does. Answers how many there were to choose from. */
  terminateOne: (pick: (bound: number) => number) => Promise<number>;
  /** Ends the server at once, as `pg_ctl stop -m immediate` does, and starts it again on the same port. */
  restartImmediately: () => Promise<void>;
  remove: () => Promise<void>;
}

export async function startFaultyCluster(): Promise<FaultyCluster> {
  const dataFolder = await mkdtemp(path.join(tmpdir(), 'errand-dash-faults-'));
  const start = () => prepareEmbedded({ dataFolder, durable: true });
  let running: PreparedEmbedded = await start();
  const { ownerUrl, applicationUrl } = running;
  const endAbruptly = () => process.kill(running.cluster.pid, 'SIGQUIT');
  process.once('exit', endAbruptly);
  await migrateToLatest({ ownerUrl, migrations });
  await withClient(running.cluster.superuserUrl, async (client) => {
    // A second would pass each time until a deadlock is found.
    await client.query("alter system set deadlock_timeout = '20ms'");
    await client.query('select pg_reload_conf()');
  });
  return {
    ownerUrl,
    applicationUrl,
    terminateOne: (pick) =>
      terminateOne(running.cluster.superuserUrl, new URL(applicationUrl).username, pick),
    restartImmediately: async () => {
      process.kill(running.cluster.pid, 'SIGQUIT');
      running = await start();
      if (running.applicationUrl !== applicationUrl) throw new Error('the server came back somewhere else');
    },
    remove: async () => {
      process.off('exit', endAbruptly);
      await running.cluster.stop();
      await rm(dataFolder, { recursive: true, force: true });
    },
  };
}

function terminateOne(url: string, user: string, pick: (bound: number) => number): Promise<number> {
  return withClient(url, async (client) => {
    const { rows } = await client.query<{ pid: number }>(
      'select pid from pg_stat_activity where usename = $1 order by pid',
      [user],
    );
    const chosen = rows[pick(Math.max(rows.length, 1))];
    if (chosen !== undefined) await client.query('select pg_terminate_backend($1)', [chosen.pid]);
    return rows.length;
  });
}
