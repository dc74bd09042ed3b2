import { sweeps as allSweeps, type Core, kindOfError, type Sweep } from '@errand-dash/core';

/** Where wake-ups come from. One that is lost costs no more than the time until the worker looks by itself. */
export interface WakeSource {
  start: () => Promise<void>;
  onWake: (queue: string, handler: () => Promise<void>) => Promise<void>;
  stop: () => Promise<void>;
}

export interface WorkerOptions {
  core: Core;
  wakeUps: WakeSource;
  /** How often it looks for due rows without being woken. */
  pollSeconds: number;
  /** How many rows a sweep takes at a time. */
  rowsMax?: number;
  sweeps?: Readonly<Record<string, Sweep>>;
}

/** How many rows each sweep worked. */
export type SweepCounts = Record<string, number>;

export interface Worker {
  /** Works what is due, and then whatever it is woken for or finds. */
  start: () => Promise<void>;
  /** Finishes the row in hand of each sweep and takes no other. */
  stop: () => Promise<void>;
  /** Works everything that is due, and what becomes due by that, until nothing is. Throws when a sweep fails. */
  runOnce: () => Promise<SweepCounts>;
}

const ROWS_MAX = 25;
/** A sweep that still finds rows after so many turns finds the same ones again and again. */
const TURNS_MAX = 100_000;

/** The clock's hands: runs the sweeps of core. Any number of workers may run on one database. */
export function createWorker(options: WorkerOptions): Worker {
  const { core, wakeUps, pollSeconds, rowsMax = ROWS_MAX, sweeps = allSweeps } = options;
  let hasStopped = false;
  const isStopping = () => hasStopped;
  const runners = Object.entries(sweeps).map(([name, sweep]) => {
    const runUntilQuiet = () => drain(core, name, sweep, rowsMax, isStopping);
    return { name, runUntilQuiet, run: oneAtATime(core, name, runUntilQuiet, isStopping) };
  });
  const runAll = () => Promise.all(runners.map(({ run }) => run()));
  let polling: NodeJS.Timeout | undefined;
  return {
    start: async () => {
      await wakeUps.start();
      for (const { name, run } of runners) await wakeUps.onWake(name, run);
      polling = setInterval(runAll, pollSeconds * 1000);
      void runAll();
    },
    stop: async () => {
      hasStopped = true;
      clearInterval(polling);
      await Promise.all([wakeUps.stop(), runAll()]);
    },
    runOnce: async () => {
      const counts: SweepCounts = Object.fromEntries(runners.map(({ name }) => [name, 0]));
      for (let isQuiet = false; !isQuiet && !hasStopped; ) {
        isQuiet = true;
        for (const { name, runUntilQuiet } of runners) {
          const count = await runUntilQuiet();
          counts[name] = (counts[name] ?? 0) + count;
          if (count > 0) isQuiet = false;
        }
      }
      return counts;
    },
  };
}

/** Runs one sweep until it finds nothing more, and tells how many rows it worked. */
async function drain(
  core: Core,
  name: string,
  sweep: Sweep,
  rowsMax: number,
  isStopping: () => boolean,
): Promise<number> {
  let total = 0;
  for (let turn = 0; !isStopping(); turn += 1) {
    if (turn === TURNS_MAX) throw new Error(`the sweep ${name} never comes to rest`);
    const count = await sweep(core, rowsMax, isStopping);
    if (count === 0) break;
    total += count;
  }
  return total;
}

/**
 * A sweep of this process runs once at a time. A call while it runs makes it run once more, since it may already
 * have passed the row that the call is about. Resolves when nothing of it runs any more; never rejects.
 */
function oneAtATime(
  core: Core,
  name: string,
  runUntilQuiet: () => Promise<number>,
  isStopping: () => boolean,
): () => Promise<void> {
  let running: Promise<void> | null = null;
  let isWantedAgain = false;
  const loop = async () => {
    do {
      isWantedAgain = false;
      const count = await runUntilQuiet().catch((error: unknown) => {
        core.log('error', 'a sweep failed', { sweep: name, error: kindOfError(error) });
        return 0;
      });
      if (count > 0) core.log('info', 'swept', { sweep: name, count });
    } while (isWantedAgain && !isStopping());
    running = null;
  };
  return () => {
    isWantedAgain = true;
    running ??= loop();
    return running;
  };
}
