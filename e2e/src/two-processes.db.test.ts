import { afterAll, expect, test, vi } from 'vitest';
import { type Booted, boot } from './boot.ts';
import { type BooksChecked, checkBooks } from './story/check-books.ts';
import { playStory } from './story/play-story.ts';
import { readAccounts } from './story/read-accounts.ts';
import type { Stage } from './story/stage.ts';

const secondsMax = 300;
let system: Booted | null = null;
afterAll(() => system?.stop());

interface Played {
  books: BooksChecked;
  closing: Record<string, number>;
  /** How many requests went to each API process. */
  requests: Record<string, number>;
  /** The last lines of each log, by the name of the part. */
  logs: Record<string, string>;
}

/** Plays the whole story on a system of its own with so many API processes and workers. */
async function play(processes: number): Promise<Played> {
  system = await boot({ processes });
  const { apiUrls } = system;
  const fetched = vi.spyOn(globalThis, 'fetch');
  try {
    const said: string[] = [];
    const { stage } = await playStory({ ...system, say: (line) => said.push(line) });
    const urls = fetched.mock.calls.map(([url]) => String(url instanceof Request ? url.url : url));
    return {
      books: await checkBooks(stage),
      closing: await readClosing(stage),
      requests: Object.fromEntries(
        apiUrls.map((apiUrl) => [apiUrl, urls.filter((url) => url.startsWith(`${apiUrl}/`)).length]),
      ),
      logs: sortLogs(await system.readLogs()),
    };
  } finally {
    fetched.mockRestore();
    await system.stop();
    system = null;
  }
}

const sortLogs = (logs: string): Record<string, string> =>
  Object.fromEntries(logs.split('\n\n').map((log) => [log.slice(0, log.indexOf(':')), log]));

/**
 * Every balance at the end. Who of the two runners was quicker differs from time to time, and so does whether the
 * last takings have been seen in the provider's balance yet.
 */
async function readClosing(stage: Stage): Promise<Record<string, number>> {
  const runner = stage.kept.runner?.name.replace(' (demo)', '') ?? '';
  const other = runner === 'Bola' ? 'Chidi' : 'Bola';
  const closing: Record<string, number> = {};
  for (const [account, amountMinor] of await readAccounts(stage)) {
    const name = account
      .replace(runner, 'the runner')
      .replace(other, 'the other')
      .replace(/^Paystack (float|unsettled)$/, 'at Paystack');
    closing[name] = (closing[name] ?? 0) + amountMinor;
  }
  return closing;
}

test('two API processes and two workers on one database play the story to the same closing books', {
  timeout: secondsMax * 1000,
}, async () => {
  const one = await play(1);
  const two = await play(2);
  for (const { books } of [one, two]) expect(books).toEqual({ trialBalanceMinor: 0, problems: [] });
  expect(two.closing).toEqual(one.closing);
  expect(Object.keys(two.requests)).toHaveLength(2);
  for (const requests of Object.values(two.requests)) expect(requests).toBeGreaterThan(10);
  for (const worker of ['worker', 'worker-2']) expect(two.logs[worker]).toContain('"msg":"swept"');
});
