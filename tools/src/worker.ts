import path from 'node:path';
import { root } from './house-files.ts';
import { runProgram } from './run-program.ts';
import { keepDevelopmentSecrets } from './supervisor/development-secrets.ts';
import { readRunning } from './supervisor/running-file.ts';
import { StartRefused, startSystem } from './supervisor/start-system.ts';
import { defaultPorts, isProduction, systemSettings, wantsSandbox } from './supervisor/system-settings.ts';

const dataFolder = path.join(root, '.data');

/** `npm run worker -- [--once]`: a worker on the database of DATABASE_URL, else on the embedded one. */
async function main(): Promise<number> {
  const environment = process.env;
  if (environment.DATABASE_URL) return work(settingsBeside(environment.DATABASE_URL));
  try {
    const system = await startSystem({
      dataFolder,
      environment,
      usesFreePorts: false,
      isThrowAway: false,
      beginsInThePast: false,
      processes: 0,
      signal: new AbortController().signal,
      say: console.error,
    });
    return await work(system.settings()).finally(system.stop);
  } catch (error) {
    const running = error instanceof StartRefused ? readRunning(dataFolder) : null;
    if (running === null) throw error;
    return work(settingsBeside(running.applicationUrl));
  }
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

async function work(environment: NodeJS.ProcessEnv): Promise<number> {
  const { exitCode } = await runProgram(['node', 'apps/worker/src/main.ts', ...process.argv.slice(2)], {
    environment,
  });
  return exitCode;
}

process.exitCode = await main();
