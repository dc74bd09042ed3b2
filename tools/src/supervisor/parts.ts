import path from 'node:path';
import type { DatabaseUp } from './database-keeper.ts';
import type { PartSpec } from './part.ts';
import type { SystemPlace } from './system-settings.ts';

/** The embedded PostgreSQL. `onUp` is told each time it has come up, perhaps at another address. */
export function databasePart(
  dataFolder: string,
  isThrowAway: boolean,
  environment: NodeJS.ProcessEnv,
  onUp: (database: DatabaseUp) => void,
): PartSpec {
  let isUp = false;
  const folder = path.join(dataFolder, 'postgres');
  const keeper = path.join(import.meta.dirname, 'database-keeper.ts');
  return {
    name: 'database',
    command: () => [keeper, folder, isThrowAway ? 'throw-away' : 'durable'],
    environment: () => environment,
    logFile: logFile(dataFolder, 'database'),
    isReady: async () => isUp,
    onMessage: (message) => {
      isUp = true;
      onUp(message as DatabaseUp);
    },
  };
}

/** The stand-in for Paystack, with books that persist. */
export function sandboxPart(
  { dataFolder, ports, secrets }: SystemPlace,
  environment: NodeJS.ProcessEnv,
): PartSpec {
  const options = {
    port: String(ports.sandbox),
    secret: secrets.PAYSTACK_SECRET_KEY ?? '',
    'webhook-url': `http://127.0.0.1:${ports.api}/webhooks/paystack`,
    'approval-url': `http://127.0.0.1:${ports.api}/webhooks/paystack/approve-transfer`,
    books: path.join(dataFolder, 'paystack-books.json'),
  };
  const flags = Object.entries(options).map(([name, value]) => `--${name}=${value}`);
  flags.push('--clock-control');
  return {
    name: 'paystack sandbox',
    command: () => ['packages/paystack/src/sandbox/main.ts', ...flags],
    environment: () => environment,
    logFile: logFile(dataFolder, 'paystack-sandbox'),
    isReady: () => answers(`http://127.0.0.1:${ports.sandbox}/`),
  };
}

export function apiPart({ dataFolder, ports }: SystemPlace, environment: () => NodeJS.ProcessEnv): PartSpec {
  return {
    name: 'api',
    command: () => ['apps/api/src/main.ts'],
    environment,
    logFile: logFile(dataFolder, 'api'),
    isReady: async () => (await fetch(`http://127.0.0.1:${ports.api}/health`)).ok,
  };
}

/** Ready as soon as it runs: whatever it does may as well be done a moment later. */
export function workerPart({ dataFolder }: SystemPlace, environment: () => NodeJS.ProcessEnv): PartSpec {
  return {
    name: 'worker',
    command: () => ['apps/worker/src/main.ts'],
    environment,
    logFile: logFile(dataFolder, 'worker'),
    isReady: async () => true,
  };
}

const logFile = (dataFolder: string, name: string): string => path.join(dataFolder, 'logs', `${name}.log`);

async function answers(url: string): Promise<boolean> {
  await fetch(url);
  return true;
}
