import path from 'node:path';
import { root } from './house-files.ts';
import { keepDevelopmentSecrets } from './supervisor/development-secrets.ts';
import { readRunning } from './supervisor/running-file.ts';
import { StartRefused, startSystem } from './supervisor/start-system.ts';
import { defaultPorts, isProduction, systemSettings, wantsSandbox } from './supervisor/system-settings.ts';

const dataFolder = path.join(root, '.data');

/**
 * Works with the settings that API and worker have here: on the database of DATABASE_URL, else on the embedded one,
 * which is started for as long as that takes unless `npm start` keeps it running.
 */
export async function withSystemSettings<T>(
  work: (environment: NodeJS.ProcessEnv) => Promise<T>,
): Promise<T> {
  const environment = process.env;
  if (environment.DATABASE_URL) return work(settingsBeside(environment.DATABASE_URL));
  const system = await startSystem({
    dataFolder,
    environment,
    usesFreePorts: false,
    isThrowAway: false,
    beginsInThePast: false,
    processes: 0,
    signal: new AbortController().signal,
    say: console.error,
  }).catch((error: unknown) => {
    const running = error instanceof StartRefused ? readRunning(dataFolder) : null;
    if (running === null) throw error;
    return running;
  });
  if ('applicationUrl' in system) return work(settingsBeside(system.applicationUrl));
  return work(system.settings()).finally(system.stop);
}

/** As the API and the worker of a running `npm start` have them. */
function settingsBeside(applicationUrl: string): NodeJS.ProcessEnv {
  const running = readRunning(dataFolder);
  const place = {
    dataFolder,
    ports: running?.ports ?? defaultPorts,
    secrets: isProduction(process.env) ? {} : keepDevelopmentSecrets(path.join(dataFolder, 'secrets.json')),
    hasSandbox: running?.hasSandbox ?? wantsSandbox(process.env),
    isClockVirtual: running?.isClockVirtual ?? false,
  };
  return systemSettings(place, process.env, applicationUrl);
}
