import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { clusterFolder } from '../embedded/cluster-folder.ts';
import { findClusterProcesses, signalClusterProcesses, waitUntilGone } from '../embedded/postmaster.ts';
import { startEmbedded } from '../embedded/start-embedded.ts';

const folderPrefix = 'errand-dash-test-';

export type TemporaryCluster = {
  readonly superuserUrl: string;
  /** Stops it and removes its files. */
  readonly remove: () => Promise<void>;
};

/** A throw-away cluster in the folder for temporary files. First removes those that killed runs left there. */
export async function startTemporaryCluster(): Promise<TemporaryCluster> {
  await removeAbandoned();
  const folder = await mkdtemp(path.join(tmpdir(), folderPrefix));
  await writeFile(path.join(folder, 'run.pid'), String(process.pid));
  try {
    const { superuserUrl, pid, stop } = await startEmbedded({ dataFolder: folder, durable: false });
    const endAbruptly = () => process.kill(pid, 'SIGQUIT');
    process.once('exit', endAbruptly);
    return {
      superuserUrl,
      remove: async () => {
        process.off('exit', endAbruptly);
        await stop();
        await rm(folder, { recursive: true, force: true });
      },
    };
  } catch (error) {
    await rm(folder, { recursive: true, force: true });
    throw error;
  }
}

async function removeAbandoned(): Promise<void> {
  for (const name of await readdir(tmpdir())) {
    if (!name.startsWith(folderPrefix)) continue;
    const dataFolder = path.join(tmpdir(), name);
    const runPid = Number(await readFile(path.join(dataFolder, 'run.pid'), 'utf8').catch(() => ''));
    if (!(runPid > 0) || isAlive(runPid)) continue;
    const folder = await clusterFolder(dataFolder);
    const pids = await findClusterProcesses(folder);
    await signalClusterProcesses(folder, pids, 'SIGQUIT');
    if (await waitUntilGone(folder, pids, 10)) await rm(dataFolder, { recursive: true, force: true });
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
