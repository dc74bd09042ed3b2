import { parseArgs } from 'node:util';
import {
  checkDatabase,
  createCore,
  type Log,
  Refused,
  requestReconciliation,
  SettingsInvalid,
} from '@errand-dash/core';
import { createDb, createPool, createWakeReceiver } from '@errand-dash/db';
import { pino } from 'pino';
import { readWorkerSettings } from './env.ts';
import { printReport } from './print-report.ts';
import { createWorker } from './worker.ts';

const { values: asked } = parseArgs({
  options: {
    once: { type: 'boolean', default: false },
    report: { type: 'boolean', default: false },
    json: { type: 'boolean', default: false },
    day: { type: 'string' },
  },
});

main().catch((error: unknown) => {
  const isTold = error instanceof SettingsInvalid || error instanceof Refused;
  console.error(isTold ? error.message : error);
  process.exitCode = 1;
});

/**
 * `--once` works everything that is due, reconciles besides, prints a line for each sweep, and ends. `--report` prints
 * what reconciliation did and found today, or on `--day 2026-03-01`, as text or as `--json`, and changes nothing.
 */
async function main(): Promise<void> {
  const settings = readWorkerSettings();
  const log = createLog(settings.LOG_LEVEL);
  const told = (message: string) => (error: Error) => log('warn', message, { error: error.name });
  const pool = createPool({
    url: settings.DATABASE_URL,
    connectionsMax: settings.DATABASE_CONNECTIONS_MAX,
    preparesStatements: settings.DATABASE_PREPARED_STATEMENTS === 'on',
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
  const core = createCore(settings, { db, wake: asked.once ? () => undefined : wakeUps.wake, log });
  const worker = createWorker({ core, wakeUps, pollSeconds: settings.WORKER_POLL_SECONDS });
  try {
    await checkDatabase(core, settings);
    if (asked.report) {
      process.stdout.write(await printReport(core, { day: asked.day, isJson: asked.json }));
      return;
    }
    if (asked.once) {
      await requestReconciliation(core, onceCall, {});
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

const onceCall = {
  caller: { kind: 'clock', edge: 'reconciliation.request' },
  idempotencyKey: null,
  requestId: 'worker.once',
} as const;

function untilTold(): Promise<NodeJS.Signals> {
  return new Promise((resolve) => {
    for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, resolve);
  });
}

/** JSON lines; beside what `--once` and `--report` print they go to the error stream. */
function createLog(level: string): Log {
  const logger = pino(
    { level, base: { part: 'worker' } },
    pino.destination(asked.once || asked.report ? 2 : 1),
  );
  return (lineLevel, message, fields = {}) => logger[lineLevel](fields, message);
}
