import path from 'node:path';
import { makeClockVirtual } from '@errand-dash/db';
import { choosePort } from './choose-port.ts';
import type { DatabaseUp } from './database-keeper.ts';
import { keepDevelopmentSecrets } from './development-secrets.ts';
import { findForeignOwner, holdDataFolder } from './hold-data-folder.ts';
import { keepRunning, type Part, type PartSpec } from './part.ts';
import { appNames, appParts, databasePart, sandboxPart } from './parts.ts';
import { hasNobody, migrateDatabase } from './prepare-database.ts';
import { removeRunning, writeRunning } from './running-file.ts';
import {
  type ApiPorts,
  defaultPorts,
  isProduction,
  type Ports,
  type SystemPlace,
  systemSettings,
  wantsSandbox,
} from './system-settings.ts';

/** Longer than the story takes by the virtual clock. */
const SECONDS_IN_THE_PAST = 4 * 86_400;

export interface StartSystem {
  /** Where the embedded database, secrets, logs and the sandbox's books are kept. */
  dataFolder: string;
  environment: NodeJS.ProcessEnv;
  /** Any free ports instead of the usual ones. */
  usesFreePorts: boolean;
  /** Gives up safety against a crash of the machine for speed. */
  isThrowAway: boolean;
  /** An empty embedded database begins some days ago, so that the story can end now. */
  beginsInThePast: boolean;
  /** How many API processes, and as many workers, stand beside database and sandbox. */
  processes: number;
  /** Gives the start up. */
  signal: AbortSignal;
  say: (line: string) => void;
}

export interface System {
  dataFolder: string;
  apiUrl: string;
  /** Where each API process answers, that one first. */
  apiUrls: string[];
  /** The first of those whose pages may use passkeys. */
  passkeyOrigin: string;
  operationsUrl: string;
  /** Null when the real Paystack is used. */
  sandboxUrl: string | null;
  /** The key of the sandbox; empty where there is none. */
  sandboxSecret: string;
  /** Of the embedded database; null when the caller brought one. */
  databasePort: number | null;
  ownerUrl: string | null;
  smsFile: string;
  /** Whether it is the embedded database and nobody has registered yet. */
  isEmpty: boolean;
  /** What API and worker are told. */
  settings: () => NodeJS.ProcessEnv;
  stop: () => Promise<void>;
}

/** The start cannot be made; the message says what to do. */
export class StartRefused extends Error {
  override readonly name = 'StartRefused';
}

/**
 * Brings the whole of ErrandDash up and keeps it up: database, migration, Paystack sandbox, API and worker.
 * Throws `StartRefused`, `PartFailed`, `MigrationFailed` or the signal's reason, with nothing left running.
 */
export async function startSystem(given: StartSystem): Promise<System> {
  const input = { ...given, dataFolder: path.resolve(given.dataFolder) };
  const { dataFolder, environment } = input;
  if (isProduction(environment) && !environment.DATABASE_URL) {
    throw new StartRefused(
      'DATABASE_URL must be set in production: the embedded database is for development.',
    );
  }
  const owner = findForeignOwner(dataFolder);
  if (owner !== null) {
    throw new StartRefused(
      `${dataFolder} belongs to user ${owner}: start as that user, or choose another with --data-folder.`,
    );
  }
  const release = holdDataFolder(dataFolder);
  if (release === null) {
    throw new StartRefused(
      `ErrandDash already runs on ${dataFolder}: end the other start first, or use that one.`,
    );
  }
  const crew = createCrew(input);
  const stop = async () => {
    await crew.stop();
    removeRunning(dataFolder);
    release();
  };
  try {
    return { ...(await bringUp(input, crew)), stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** The parts that run, in the order of their start. */
interface Crew {
  /** Starts them side by side and waits until all are ready. */
  start: (...specs: PartSpec[]) => Promise<void>;
  restart: (...names: string[]) => void;
  pids: () => Record<string, number | null>;
  /** Called whenever a process has come or gone. */
  onChange: (told: () => void) => void;
  stop: () => Promise<void>;
}

function createCrew({ signal, say }: StartSystem): Crew {
  const parts: Part[] = [];
  let told = () => {};
  return {
    start: async (...specs) => {
      signal.throwIfAborted();
      const started = specs.map((spec) => keepRunning(spec, say, () => told()));
      parts.push(...started);
      await orAborted(Promise.all(started.map((part) => part.ready)), signal);
    },
    restart: (...names) => {
      for (const part of parts) if (names.includes(part.name)) part.restart();
    },
    pids: () => Object.fromEntries(parts.map((part) => [part.name, part.pid()])),
    onChange: (listener) => {
      told = listener;
    },
    stop: async () => {
      told = () => {};
      // In reverse: nobody loses what he stands on.
      for (const part of parts.toReversed()) await part.stop();
    },
  };
}

async function bringUp(input: StartSystem, crew: Crew): Promise<Omit<System, 'stop'>> {
  const { dataFolder, environment } = input;
  const database = await bringUpDatabase(input, crew);
  const ports = await choosePorts(input);
  const secrets = isProduction(environment)
    ? {}
    : keepDevelopmentSecrets(path.join(dataFolder, 'secrets.json'));
  const place: SystemPlace = {
    dataFolder,
    ports,
    secrets,
    hasSandbox: wantsSandbox(environment),
    isClockVirtual: database.ownerUrl !== null,
  };
  const settings = () => systemSettings(place, environment, database.applicationUrl());
  if (place.hasSandbox) await crew.start(sandboxPart(place, environment));
  const apis = await chooseApiPorts(ports, input.processes);
  await crew.start(...appParts(place, apis, settings));
  const tell = () => {
    const { hasSandbox, isClockVirtual } = place;
    const applicationUrl = database.applicationUrl();
    writeRunning(dataFolder, {
      supervisorPid: process.pid,
      ports,
      hasSandbox,
      isClockVirtual,
      applicationUrl,
      parts: crew.pids(),
    });
  };
  crew.onChange(tell);
  tell();
  return {
    dataFolder,
    apiUrl: `http://localhost:${ports.api}`,
    apiUrls: apis.map(({ api }) => `http://localhost:${api}`),
    passkeyOrigin: settings().RP_ORIGINS?.split(',')[0]?.trim() ?? '',
    operationsUrl: `http://127.0.0.1:${ports.operations}`,
    sandboxUrl: place.hasSandbox ? `http://127.0.0.1:${ports.sandbox}` : null,
    sandboxSecret: place.hasSandbox ? (secrets.PAYSTACK_SECRET_KEY ?? '') : '',
    databasePort: database.port,
    ownerUrl: database.ownerUrl,
    smsFile: settings().SMS_FILE ?? '',
    isEmpty: database.isEmpty,
    settings,
  };
}

interface DatabaseInUse {
  applicationUrl: () => string;
  /** Of the embedded database alone. */
  ownerUrl: string | null;
  port: number | null;
  isEmpty: boolean;
}

async function bringUpDatabase(input: StartSystem, crew: Crew): Promise<DatabaseInUse> {
  const { dataFolder, environment, say } = input;
  const { DATABASE_URL, MIGRATION_DATABASE_URL } = environment;
  if (DATABASE_URL) {
    if (MIGRATION_DATABASE_URL) await migrateDatabase(MIGRATION_DATABASE_URL, say);
    else say('MIGRATION_DATABASE_URL is not set: the database is used as it is, without migrating it.');
    return { applicationUrl: () => DATABASE_URL, ownerUrl: null, port: null, isEmpty: false };
  }
  const ups: DatabaseUp[] = [];
  const onUp = (up: DatabaseUp) => {
    const before = ups.at(-1);
    ups.push(up);
    // After it was killed it may listen elsewhere.
    if (before !== undefined && before.applicationUrl !== up.applicationUrl)
      crew.restart(...appNames(input.processes));
  };
  await crew.start(databasePart(dataFolder, input.isThrowAway, environment, onUp));
  const first = ups[0];
  if (first === undefined) throw new Error('the database came up without telling where');
  await migrateDatabase(first.ownerUrl, say);
  const isEmpty = await hasNobody(first.ownerUrl);
  if (isEmpty) await makeClockVirtual(first.ownerUrl, input.beginsInThePast ? -SECONDS_IN_THE_PAST : 0);
  return {
    applicationUrl: () => ups.at(-1)?.applicationUrl ?? first.applicationUrl,
    ownerUrl: first.ownerUrl,
    port: first.port,
    isEmpty,
  };
}

function orAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason), { once: true });
    work.then(resolve, reject);
  });
}

/** The usual port of each part, or another when somebody has it. */
async function choosePorts({ environment, usesFreePorts, say }: StartSystem): Promise<Ports> {
  const wanted: Ports = {
    api: Number(environment.PORT || defaultPorts.api),
    operations: Number(environment.OPS_PORT || defaultPorts.operations),
    sandbox: defaultPorts.sandbox,
  };
  const chosen: Ports = { ...wanted };
  for (const name of ['api', 'operations', 'sandbox'] as const) {
    chosen[name] = await choosePort(usesFreePorts ? 0 : wanted[name]);
    const isOther = !usesFreePorts && chosen[name] !== wanted[name];
    if (isOther) say(`Port ${wanted[name]} is taken; ${name} listens on ${chosen[name]}.`);
  }
  return chosen;
}

/** Of each API process: the first has the usual ports, those beside it any that are free. */
async function chooseApiPorts({ api, operations }: Ports, processes: number): Promise<ApiPorts[]> {
  const chosen: ApiPorts[] = [];
  while (chosen.length < processes) {
    const isFirst = chosen.length === 0;
    chosen.push(
      isFirst ? { api, operations } : { api: await choosePort(0), operations: await choosePort(0) },
    );
  }
  return chosen;
}
