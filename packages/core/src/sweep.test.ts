import { describe, expect, test } from 'vitest';
import type { Core } from './core.ts';
import { type RowOutcome, workDue } from './sweep.ts';

const told: unknown[] = [];
const core = { log: (...line: unknown[]) => void told.push(line) } as unknown as Core;

/** Rows 1 to `count` in order, of which those that are worked are due no more. */
function dueRows(count: number, work: (row: number) => RowOutcome) {
  const due = new Set(Array.from({ length: count }, (_, index) => index + 1));
  const tried: number[] = [];
  return {
    tried,
    list: async ({ limit, after }: { limit: number; after: number | null }) =>
      [...due].filter((row) => row > (after ?? 0)).slice(0, limit),
    work: async (row: number): Promise<RowOutcome> => {
      tried.push(row);
      const outcome = work(row);
      if (outcome === 'worked') due.delete(row);
      return outcome;
    },
  };
}

const failing = (): never => {
  throw new Error('a demo failure');
};

describe('working what is due', () => {
  test('goes past a whole page that fails, and tells each of it', async () => {
    told.length = 0;
    const rows = dueRows(7, (row) => (row <= 6 ? failing() : 'worked'));
    expect(await workDue(core, 'demo', 3, rows)).toBe(1);
    expect(rows.tried).toEqual([1, 2, 3, 4, 5, 6, 7]);
    expect(told).toHaveLength(6);
    expect(await workDue(core, 'demo', 3, rows)).toBe(0);
  });

  test('goes past a whole page that somebody else has', async () => {
    const rows = dueRows(4, (row) => (row <= 3 ? 'passed' : 'worked'));
    expect(await workDue(core, 'demo', 3, rows)).toBe(1);
  });

  test('works no more than its limit', async () => {
    const rows = dueRows(7, (row) => (row === 1 ? failing() : 'worked'));
    expect(await workDue(core, 'demo', 3, rows)).toBe(3);
    expect(rows.tried).toEqual([1, 2, 3, 4]);
  });

  test('ends after the row that says so, and asks for no other page', async () => {
    const rows = dueRows(7, (row) => (row === 2 ? 'stop' : 'worked'));
    expect(await workDue(core, 'demo', 2, rows)).toBe(2);
    expect(await workDue(core, 'demo', 5, rows)).toBe(1);
    expect(rows.tried).toEqual([1, 2, 2]);
  });

  test('works rows side by side, so that a slow one keeps only itself waiting', async () => {
    let end = () => {};
    const late = new Promise<void>((resolve) => {
      end = resolve;
    });
    const worked: number[] = [];
    const rows = dueRows(5, () => 'worked');
    const work = async (row: number) => {
      if (row === 1) await late;
      worked.push(row);
      if (row === 5) end();
      return rows.work(row);
    };
    expect(await workDue(core, 'demo', 5, { list: rows.list, work, lanes: 2 })).toBe(5);
    expect(worked).toEqual([2, 3, 4, 5, 1]);
  });

  test('side by side takes none after the row that ends it, and finishes those in hand', async () => {
    const rows = dueRows(5, (row) => (row === 1 ? 'stop' : 'worked'));
    expect(await workDue(core, 'demo', 5, { ...rows, lanes: 2 })).toBe(2);
    expect(rows.tried).toEqual([1, 2]);
  });

  test('takes no other row once the process stops', async () => {
    const rows = dueRows(7, () => 'worked');
    expect(await workDue(core, 'demo', 5, rows, () => rows.tried.length === 2)).toBe(2);
    expect(await workDue(core, 'demo', 5, rows, () => true)).toBe(0);
    expect(rows.tried).toEqual([1, 2]);
  });
});
