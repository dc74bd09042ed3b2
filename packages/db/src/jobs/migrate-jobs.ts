import pg from 'pg';
import { PgBoss } from 'pg-boss';
import { applicationGroup } from '../roles.ts';

/** Where pg-boss keeps its tables, apart from ours. */
export const JOBS_SCHEMA = 'jobs';

export type MigrateJobs = {
  readonly ownerUrl: string;
  /** The names of the queues that there are. */
  readonly queues: readonly string[];
};

/**
 * Makes the tables of the job queue and its queues, as the owner, and lets the application use them. What is there
 * already stays. Of several callers at once the others wait.
 */
export async function migrateJobs({ ownerUrl, queues }: MigrateJobs): Promise<void> {
  const client = new pg.Client({ connectionString: ownerUrl, application_name: 'errand-dash-migrate-jobs' });
  client.on('error', () => undefined);
  await client.connect();
  try {
    await client.query('SELECT pg_advisory_lock($1)', [MIGRATION_LOCK]);
    await createQueues(ownerUrl, queues);
    for (const grant of grants) await client.query(grant);
  } finally {
    // Ends the session and with it the lock.
    await client.end();
  }
}

const MIGRATION_LOCK = 7_236_018_422;

const grants = [
  `GRANT USAGE ON SCHEMA ${JOBS_SCHEMA} TO ${applicationGroup}`,
  `GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA ${JOBS_SCHEMA} TO ${applicationGroup}`,
];

async function createQueues(ownerUrl: string, queues: readonly string[]): Promise<void> {
  const boss = new PgBoss({
    connectionString: ownerUrl,
    schema: JOBS_SCHEMA,
    max: 2,
    supervise: false,
    schedule: false,
  });
  let failure: Error | null = null;
  boss.on('error', (error) => {
    failure ??= error;
  });
  await boss.start();
  try {
    for (const queue of queues) await boss.createQueue(queue, wakeUpQueue);
  } finally {
    await boss.stop({ graceful: false });
  }
  if (failure !== null) throw failure;
}

/**
 * A job only says "look now": one that waits says it for all, one that is lost costs a few seconds, and none is
 * worth trying again, since due rows are the truth.
 */
const wakeUpQueue = {
  policy: 'short',
  notify: true,
  retryLimit: 0,
  expireInSeconds: 60,
  retentionSeconds: 300,
  deleteAfterSeconds: 60,
} as const;
