import { type Core, checkDatabase, createCore, type Log, SettingsInvalid } from '@errand-dash/core';
import { createDb, createPool, createWakeSender } from '@errand-dash/db';
import { readApiSettings } from './env.ts';
import { moveClockOn } from './http/clock.ts';
import { errorRecord } from './http/error-record.ts';
import { createLog } from './log.ts';
import { createServer } from './server.ts';

const STATEMENT_SECONDS = 15;
/** A caller who gets no connection in this time is told to come again. */
const POOL_WAIT_SECONDS = 5;

main().catch((error: unknown) => {
  if (error instanceof SettingsInvalid) console.error(error.message);
  else createLog('error')('error', 'the API does not start', errorRecord(error));
  process.exit(1);
});

async function main(): Promise<void> {
  const settings = readApiSettings();
  const log = createLog(settings.LOG_LEVEL);
  const pool = createPool({
    url: settings.DATABASE_URL,
    connectionsMax: settings.DATABASE_CONNECTIONS_MAX,
    preparesStatements: settings.DATABASE_PREPARED_STATEMENTS === 'on',
    applicationName: 'errand-dash-api',
    statementTimeoutSeconds: STATEMENT_SECONDS,
    waitSecondsMax: POOL_WAIT_SECONDS,
    onConnectionLost: (error) => log('warn', 'an idle connection was lost', errorRecord(error)),
  });
  const db = createDb(pool);
  const waker = createWakeSender({
    url: settings.DATABASE_URL,
    onError: (error) => log('warn', 'a wake-up was lost', errorRecord(error)),
  });
  await waker.start();
  const core = createCore(settings, { db, wake: waker.wake, log });
  await checkDatabase(core, settings);
  const server = createServer({
    core,
    settings: {
      host: settings.HOST,
      port: settings.PORT,
      opsPort: settings.OPS_PORT,
      origins: settings.RP_ORIGINS,
      isClockVirtual: settings.CLOCK === 'virtual',
      proxyHops: settings.PROXY_HOPS,
      rateLimits: settings.RATE_LIMITS,
    },
    log,
  });
  const { url, opsUrl } = await server.listen();
  log('info', 'the API listens', { url, opsUrl });
  if (settings.CLOCK === 'virtual') await tellTime(core, log);
  endOnSignal(log, async () => {
    await server.close();
    await waker.stop();
    await db.destroy();
  });
}

/** A sandbox that was started anew may not know that the time was moved. It will when the clock is moved next. */
async function tellTime(core: Core, log: Log): Promise<void> {
  const call = { caller: { kind: 'anonymous' }, idempotencyKey: null, requestId: 'start' } as const;
  await moveClockOn(core, call, 0).catch((error) =>
    log('warn', 'the sandbox was not told the time', errorRecord(error)),
  );
}

/** The first signal ends the process in order, a second at once. */
function endOnSignal(log: Log, end: () => Promise<void>): void {
  let isEnding = false;
  const onSignal = (signal: NodeJS.Signals) => {
    if (isEnding) process.exit(1);
    isEnding = true;
    log('info', 'the API stops', { signal });
    end().catch((error) => {
      log('error', 'the API did not stop in order', errorRecord(error));
      process.exitCode = 1;
    });
  };
  process.on('SIGTERM', onSignal);
  process.on('SIGINT', onSignal);
}
