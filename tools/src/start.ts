import path from 'node:path';
import { parseArgs } from 'node:util';
import { buildSdk } from './build-sdk.ts';
import { root } from './house-files.ts';
import { moveClock } from './move-clock.ts';
import { StartRefused, type System, startSystem } from './supervisor/start-system.ts';
import { untilToldToEnd } from './supervisor/until-told-to-end.ts';

/** What a start tells the process that asked for it, over the channel between them. */
export interface SystemReady extends Omit<System, 'settings' | 'stop'> {
  kind: 'system-ready';
}

const usage = `npm start -- [options]

  --data-folder F   where the embedded database and all else is kept (.data)
  --free-ports      any free ports instead of 4000, 4001 and 4002
  --throw-away      settings of the environment are ignored, and a crash of the machine may lose the data
  --no-story        an empty database stays empty
  --in-the-past     an empty database begins four days ago, as it does for the story
  --processes N     so many API processes and workers on the one database (1)
  --origin O        pages of this origin may call and use passkeys; may be given several times`;

const say = (line: string): void => console.log(line);

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      'data-folder': { type: 'string', default: path.join(root, '.data') },
      'free-ports': { type: 'boolean', default: false },
      'throw-away': { type: 'boolean', default: false },
      'no-story': { type: 'boolean', default: false },
      'in-the-past': { type: 'boolean', default: false },
      processes: { type: 'string', default: '1' },
      origin: { type: 'string', multiple: true, default: [] },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) return say(usage);
  const end = untilToldToEnd();
  const system = await startSystem({
    dataFolder: values['data-folder'],
    environment: {
      ...(values['throw-away'] ? bareEnvironment() : process.env),
      ...(values.origin.length === 0 ? {} : { RP_ORIGINS: values.origin.join(',') }),
    },
    usesFreePorts: values['free-ports'],
    isThrowAway: values['throw-away'],
    beginsInThePast: values['in-the-past'] || !values['no-story'],
    processes: readCount(values.processes),
    signal: end.signal,
    say,
  });
  try {
    if (system.isEmpty && !values['no-story']) await Promise.race([tellStory(system), end.promise]);
    if (!values['in-the-past'] && !end.signal.aborted) await bringToPresent(system);
    if (!end.signal.aborted) announce(system);
    await end.promise;
    say('Ending.');
  } finally {
    await system.stop();
  }
}

function readCount(given: string): number {
  if (/^[1-9]$/.test(given)) return Number(given);
  throw new StartRefused('--processes takes a number from 1 to 9.');
}

/** A throw-away system is the same whatever is set around it. */
function bareEnvironment(): NodeJS.ProcessEnv {
  const kept = ['PATH', 'HOME', 'USER', 'TMPDIR', 'TZ', 'LANG'];
  return Object.fromEntries(kept.map((name) => [name, process.env[name]]));
}

/** An empty database is filled by the story. Should it break off, what came up stays up to be looked at. */
async function tellStory(system: System): Promise<void> {
  const { sandboxUrl } = system;
  if (sandboxUrl === null)
    return say('The story is not played: it pays at the sandbox, not at the real Paystack.');
  try {
    await buildSdk();
    // Not before: it stands on the SDK as it is built.
    const { playStory } = await import('@errand-dash/e2e');
    await playStory({ ...system, sandboxUrl, say });
  } catch (error) {
    process.exitCode = 1;
    say(`The story broke off. ${error instanceof Error ? error.stack : error}`);
  }
}

/** A story that broke off, now or at an earlier start, leaves the time where it was. */
async function bringToPresent({ databasePort, operationsUrl }: System): Promise<void> {
  if (databasePort === null) return;
  const { offsetSeconds } = await moveClock(operationsUrl, 0);
  if (offsetSeconds < 0) await moveClock(operationsUrl, -offsetSeconds);
}

function announce(system: System): void {
  const { settings, stop, ...news } = system;
  process.send?.(
    { kind: 'system-ready', ...news } satisfies SystemReady,
    undefined,
    undefined,
    () => undefined,
  );
  say('');
  say('ErrandDash is ready');
  for (const apiUrl of system.apiUrls) say(`  API         ${apiUrl}  (${apiUrl}/health)`);
  say(`  operations  ${system.operationsUrl}`);
  if (system.sandboxUrl !== null) say(`  Paystack    ${system.sandboxUrl}  (sandbox: no real money)`);
  if (system.databasePort !== null) say(`  PostgreSQL  127.0.0.1:${system.databasePort}`);
  say(`  kept in     ${system.dataFolder}`);
  say('End it with Ctrl-C.');
}

try {
  await main();
} catch (error) {
  // Whoever told it to end knows why it did.
  const isTold = error instanceof Error && error.name === 'AbortError';
  if (!isTold) console.error(error instanceof Error && isForPeople(error) ? error.message : error);
  process.exitCode = isTold ? 0 : 1;
}

function isForPeople(error: Error): boolean {
  return ['StartRefused', 'PartFailed', 'MigrationFailed'].includes(error.name);
}
