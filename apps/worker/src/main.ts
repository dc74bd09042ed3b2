import { checkDatabase, createCore, type Log, SettingsInvalid } from '@errand-dash/core';
import { createDb, createPool, createWakeReceiver } from '@errand-dash/db';
import { pino } from 'pino';
import { readWorkerSettings } from './env.ts';
import { createWorker } from './worker.ts';

const isOnce = process.argv.slice(2).includes('--once');

main().catch((error: unknown) => {
  console.error(error instanceof SettingsInvalid ? error.message : error);
  process.exitCode = 1;
});

/** `--once` works everything that is due, prints a line for each sweep, and ends. */
async function main(): Promise<void> {
  const settings = readWorkerSettings();
  const log = createLog(settings.LOG_LEVEL);
  const told = (message: string) => (error: Error) => log('warn', message, { error: error.name });
  const pool = createPool({
    url: settings.DATABASE_URL,
    connectionsMax: settings.DATABASE_CONNECTIONS_MAX,
    applicationName: 'errand-dash-worker',
    statementTimeoutSeconds: 30,
    waitSecondsMax: 10,
    onConnectionLost: told('an idle connection was lost'),
  });
  const db = createDb(pool);
  const wakeUps = createWakeReceiver({
    url: settings.DATABASE_DIRECT_URL ?? settings.DATABASE_URL,
    onError: told('the job queue failed'),
  });
  // Once through, nobody has to be woken: whatever a sweep makes due is found by the next turn.
  const core = createCore(settings, { db, wake: isOnce ? () => undefined : wakeUps.wake, log });
  const worker = createWorker({ core, wakeUps, pollSeconds: settings.WORKER_POLL_SECONDS });
  try {
    await checkDatabase(core, settings);
    if (isOnce) {
      const counts = await worker.runOnce();
      for (const [name, count] of Object.entries(counts)) console.log(`${name}: ${count}`);
      return;
    }
    const told = untilTold();
    await worker.start();
    log('info', 'the worker works');
    log('info', 'the worker stops', { signal: await told });
    await worker.stop();
  } finally {
    await db.destroy();
  }
}

function untilTold(): Promise<NodeJS.Signals> {
  return new Promise((resolve) => {
    for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, resolve);
  });
}

/** JSON lines; beside the lines of `--once` they go to the error stream. */
function createLog(level: string): Log {
  const logger = pino({ level, base: { part: 'worker' } }, pino.destination(isOnce ? 2 : 1));
  return (lineLevel, message, fields = {}) => logger[lineLevel](fields, message);
}
