import path from 'node:path';
import type { DatabaseUp } from './database-keeper.ts';
import type { PartSpec } from './part.ts';
import type { ApiPorts, SystemPlace } from './system-settings.ts';

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

/** The API processes, each on its own ports, and as many workers. */
export function appParts(
  place: SystemPlace,
  apis: readonly ApiPorts[],
  environment: () => NodeJS.ProcessEnv,
): PartSpec[] {
  return apis.flatMap((ports, index) => [
    apiPart(numbered('api', index + 1), place, ports, environment),
    workerPart(numbered('worker', index + 1), place, environment),
  ]);
}

/** How they are called: `api` and `worker`, `api-2` and `worker-2`, and so on. */
export const appNames = (processes: number): string[] =>
  Array.from({ length: processes }, (_, index) => index + 1).flatMap((number) => [
    numbered('api', number),
    numbered('worker', number),
  ]);

const numbered = (kind: 'api' | 'worker', number: number): string =>
  number === 1 ? kind : `${kind}-${number}`;

function apiPart(
  name: string,
  { dataFolder }: SystemPlace,
  ports: ApiPorts,
  environment: () => NodeJS.ProcessEnv,
): PartSpec {
  return {
    name,
    command: () => ['apps/api/src/main.ts'],
    environment: () => ({ ...environment(), PORT: String(ports.api), OPS_PORT: String(ports.operations) }),
    logFile: logFile(dataFolder, name),
    isReady: async () => (await fetch(`http://127.0.0.1:${ports.api}/health`)).ok,
  };
}

/** Ready as soon as it runs: whatever it does may as well be done a moment later. */
function workerPart(
  name: string,
  { dataFolder }: SystemPlace,
  environment: () => NodeJS.ProcessEnv,
): PartSpec {
  return {
    name,
    command: () => ['apps/worker/src/main.ts'],
    environment,
    logFile: logFile(dataFolder, name),
    isReady: async () => true,
  };
}

const logFile = (dataFolder: string, name: string): string => path.join(dataFolder, 'logs', `${name}.log`);

async function answers(url: string): Promise<boolean> {
  await fetch(url);
  return true;
}
