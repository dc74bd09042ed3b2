import { type Core, LedgerRefused, type Sweep } from '@errand-dash/core';
import { describe, expect, test } from 'vitest';
import { createWorker, type WakeSource } from './worker.ts';

/** Wake-ups by hand. */
function handWoken() {
  const handlers = new Map<string, () => Promise<void>>();
  let stops = 0;
  const wakeUps: WakeSource = {
    start: async () => undefined,
    onWake: async (queue, handler) => void handlers.set(queue, handler),
    stop: async () => {
      stops += 1;
    },
  };
  return { wakeUps, wake: (queue: string) => handlers.get(queue)?.(), stops: () => stops };
}

const logged: string[] = [];
const errors: unknown[] = [];
// A worker hands the core on to its sweeps and writes its log; nothing else of it is touched here.
const core = {
  log: (_level: string, message: string, data?: object) => {
    logged.push(message);
    errors.push(data);
  },
} as unknown as Core;
const pause = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds));

/** A sweep over so many rows. */
function rows(count: number): { sweep: Sweep; left: () => number; add: (more: number) => void } {
  let left = count;
  return {
    sweep: async (_core, limit) => {
      const taken = Math.min(left, limit);
      left -= taken;
      return taken;
    },
    left: () => left,
    add: (more) => {
      left += more;
    },
  };
}

describe('once through', () => {
  test('works every sweep until none finds anything, also what one makes due for another before it', async () => {
    const first = rows(3);
    const second = rows(7);
    const sweeps: Record<string, Sweep> = {
      first: first.sweep,
      second: async (given, limit) => {
        const count = await second.sweep(given, limit);
        first.add(count);
        return count;
      },
    };
    const worker = createWorker({ core, wakeUps: handWoken().wakeUps, pollSeconds: 60, rowsMax: 2, sweeps });
    expect(await worker.runOnce()).toEqual({ first: 10, second: 7 });
    expect([first.left(), second.left()]).toEqual([0, 0]);
  });

  test('fails when a sweep fails', async () => {
    const sweeps = {
      broken: async () => {
        throw new Error('broken');
      },
    };
    const worker = createWorker({ core, wakeUps: handWoken().wakeUps, pollSeconds: 60, sweeps });
    await expect(worker.runOnce()).rejects.toThrow('broken');
  });

  test('ends with an error when a sweep never comes to rest', async () => {
    const worker = createWorker({
      core,
      wakeUps: handWoken().wakeUps,
      pollSeconds: 60,
      sweeps: { busy: async () => 1 },
    });
    await expect(worker.runOnce()).rejects.toThrow('busy never comes to rest');
  });
});

describe('a worker that runs', () => {
  test('works what is due at the start, at each wake-up, and by itself when it was not woken', async () => {
    const { sweep, left, add } = rows(2);
    const { wakeUps, wake } = handWoken();
    const worker = createWorker({ core, wakeUps, pollSeconds: 0.2, sweeps: { demo: sweep } });
    await worker.start();
    await pause(20);
    expect(left()).toBe(0);
    add(1);
    await wake('demo');
    expect(left()).toBe(0);
    add(1);
    await pause(400);
    expect(left()).toBe(0);
    await worker.stop();
  });

  test('looks once more when it is woken while it works, and never twice at once', async () => {
    let running = 0;
    let runningMax = 0;
    let turns = 0;
    const sweep: Sweep = async () => {
      running += 1;
      turns += 1;
      runningMax = Math.max(runningMax, running);
      await pause(20);
      running -= 1;
      return 0;
    };
    const { wakeUps, wake } = handWoken();
    const worker = createWorker({ core, wakeUps, pollSeconds: 60, sweeps: { demo: sweep } });
    await worker.start();
    await Promise.all(Array.from({ length: 20 }, () => wake('demo')));
    expect({ runningMax, turns }).toEqual({ runningMax: 1, turns: 2 });
    await worker.stop();
  });

  test('finishes the row in hand when it is stopped, and takes no other', async () => {
    const worked: number[] = [];
    const sweep: Sweep = async (_core, _limit, isStopping = () => false) => {
      for (let row = 0; row < 100 && !isStopping(); row += 1) {
        await pause(10);
        worked.push(row);
      }
      return 1;
    };
    const { wakeUps, stops } = handWoken();
    const worker = createWorker({ core, wakeUps, pollSeconds: 60, sweeps: { demo: sweep } });
    await worker.start();
    await pause(35);
    const before = worked.length;
    await worker.stop();
    expect(worked.length).toBe(before + 1);
    expect(stops()).toBe(1);
    await pause(50);
    expect(worked.length).toBe(before + 1);
  });

  test('goes on after a sweep has failed', async () => {
    let turns = 0;
    const sweep: Sweep = async () => {
      turns += 1;
      if (turns === 1) throw new LedgerRefused('balance_below_zero');
      return 0;
    };
    errors.length = 0;
    const { wakeUps, wake } = handWoken();
    const worker = createWorker({ core, wakeUps, pollSeconds: 60, sweeps: { demo: sweep } });
    await worker.start();
    await pause(10);
    await wake('demo');
    await worker.stop();
    expect(turns).toBe(2);
    expect(logged).toContain('a sweep failed');
    expect(errors).toEqual([{ sweep: 'demo', error: 'LedgerRefused balance_below_zero' }]);
  });
});
