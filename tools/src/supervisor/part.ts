import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, mkdirSync, openSync, readFileSync, renameSync, statSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { root } from '../house-files.ts';

export interface PartSpec {
  name: string;
  /** A program of ours below the root, and its arguments. Asked anew at each start. */
  command: () => readonly string[];
  environment: () => NodeJS.ProcessEnv;
  logFile: string;
  /** Whether it does its work now. Asked until it says so. */
  isReady: () => Promise<boolean>;
  onMessage?: (message: unknown) => void;
}

/** A process that is kept running. */
export interface Part {
  readonly name: string;
  /** Of the process that runs now; null between two. */
  pid: () => number | null;
  /** Resolves when it is ready for the first time. Rejects with `PartFailed` when it does not get there. */
  readonly ready: Promise<void>;
  /** Ends the process; another takes its place at once. */
  restart: () => void;
  /** Ends it for good: asks, waits, then kills. */
  stop: () => Promise<void>;
}

/** A part does not come up. The message ends with the last lines of its log. */
export class PartFailed extends Error {
  override readonly name = 'PartFailed';
}

const pauseSeconds = { first: 0.2, max: 10 };
/** Who ran this long before it ended has not failed to start. */
const settledSeconds = 30;
const failedStartsMax = 3;
const readySecondsMax = 90;
const stopSecondsMax = 25;
const logBytesMax = 16 * 1024 * 1024;
const endWithParent = path.join(import.meta.dirname, 'end-with-parent.ts');

/** Starts the process and starts it again whenever it ends, after a pause that grows while it fails. */
export function keepRunning(spec: PartSpec, say: (line: string) => void, onChange: () => void): Part {
  let child: ChildProcess | null = null;
  let isStopping = false;
  let isRestarting = false;
  let failures = 0;
  const ended = new AbortController();
  const { promise: ready, resolve: becomeReady, reject: fail } = Promise.withResolvers<void>();

  const loop = async () => {
    while (!isStopping) {
      const startedAt = performance.now();
      child = launch(spec);
      onChange();
      const exit = once(child, 'exit');
      void waitUntilReady(spec, child).then((isReady) => isReady && becomeReady());
      const [code, signal] = (await exit.catch(() => [null, null])) as [number | null, NodeJS.Signals | null];
      child = null;
      onChange();
      if (isStopping) return;
      const pause = isRestarting ? 0 : pauseFor(performance.now() - startedAt);
      if (!isRestarting)
        say(`${spec.name} ended (${signal ?? `exit ${code}`}); starting it again in ${pause} s.`);
      isRestarting = false;
      if (failures >= failedStartsMax) fail(new PartFailed(failureOf(spec)));
      await sleep(pause * 1000, undefined, { signal: ended.signal }).catch(() => undefined);
    }
  };
  const pauseFor = (ranMilliseconds: number): number => {
    failures = ranMilliseconds > settledSeconds * 1000 ? 1 : failures + 1;
    return Math.min(pauseSeconds.first * 2 ** (failures - 1), pauseSeconds.max);
  };

  const looping = loop();
  const tooLate = setTimeout(() => fail(new PartFailed(failureOf(spec))), readySecondsMax * 1000);
  const settled = ready.catch(() => undefined).then(() => clearTimeout(tooLate));
  return {
    name: spec.name,
    pid: () => child?.pid ?? null,
    ready,
    restart: () => {
      isRestarting = child !== null;
      child?.kill('SIGTERM');
    },
    stop: async () => {
      isStopping = true;
      becomeReady();
      ended.abort();
      child?.kill('SIGTERM');
      const kill = setTimeout(() => child?.kill('SIGKILL'), stopSecondsMax * 1000);
      await Promise.all([looping, settled]);
      clearTimeout(kill);
    },
  };
}

function launch(spec: PartSpec): ChildProcess {
  mkdirSync(path.dirname(spec.logFile), { recursive: true, mode: 0o700 });
  rotate(spec.logFile);
  const log = openSync(spec.logFile, 'a', 0o600);
  try {
    const child = spawn(process.execPath, ['--import', endWithParent, ...spec.command()], {
      cwd: root,
      env: spec.environment(),
      // Straight into the file, so that a part outlives the supervisor for as long as it takes to end in order.
      stdio: ['ignore', log, log, 'ipc'],
      // In a group of its own, so that Ctrl-C reaches the supervisor alone and it ends the parts in order.
      detached: true,
    });
    child.on('error', () => undefined);
    child.on('message', (message) => spec.onMessage?.(message));
    return child;
  } finally {
    closeSync(log);
  }
}

async function waitUntilReady(spec: PartSpec, child: ChildProcess): Promise<boolean> {
  while (child.exitCode === null && child.signalCode === null) {
    if (await spec.isReady().catch(() => false)) return true;
    await sleep(50);
  }
  return false;
}

function rotate(logFile: string): void {
  const size = statSync(logFile, { throwIfNoEntry: false })?.size ?? 0;
  if (size > logBytesMax) renameSync(logFile, `${logFile}.1`);
}

function failureOf(spec: PartSpec): string {
  const said = readFileSync(spec.logFile, 'utf8').trim().split('\n').slice(-25).join('\n');
  return `${spec.name} does not start. Its log (${spec.logFile}) ends:\n${said}`;
}
