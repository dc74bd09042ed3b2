import { createHash } from 'node:crypto';
import { mkdir, realpath } from 'node:fs/promises';
import path from 'node:path';

/** Where the parts of one embedded PostgreSQL lie. */
export type ClusterFolder = {
  readonly dataFolder: string;
  /** Appears whole, by a rename, once initdb has finished. */
  readonly cluster: string;
  /** PostgreSQL's own PGDATA. */
  readonly pgdata: string;
  readonly passwordFile: string;
  readonly postmasterFile: string;
  readonly logFile: string;
  /** Shown in the titles of the cluster's processes, so that they can be told from another cluster's. */
  readonly clusterName: string;
};

/** Makes the folder, for its owner only, and resolves it: PostgreSQL knows its folder by the real path. */
export async function clusterFolder(dataFolder: string): Promise<ClusterFolder> {
  await mkdir(dataFolder, { recursive: true, mode: 0o700 });
  const real = await realpath(dataFolder);
  const cluster = path.join(real, 'cluster');
  const pgdata = path.join(cluster, 'data');
  return {
    dataFolder: real,
    cluster,
    pgdata,
    passwordFile: path.join(cluster, 'superuser-password'),
    postmasterFile: path.join(pgdata, 'postmaster.pid'),
    logFile: path.join(real, 'postgres.log'),
    clusterName: `errand-dash-${createHash('sha256').update(pgdata).digest('hex').slice(0, 16)}`,
  };
}
