import { createPool } from '@errand-dash/db';
import { beforeAll, expect, it, vi } from 'vitest';
import type { Booted } from '../boot.ts';
import { checkBooks } from './check-books.ts';
import { readAccounts } from './read-accounts.ts';
import type { Stage } from './stage.ts';
import { storySteps } from './story-steps.ts';
import { type TellThrowAwayStory, tellThrowAwayStory } from './tell-throw-away-story.ts';

const secondsMax = 300;

/** What became of one story. */
interface Told {
  exitCode: 0 | 1;
  said: string[];
  /** Every balance after the last step. */
  closing: Record<string, number>;
}

/** That of one API process and one worker, in which a balance is made wrong before the look into the books. */
let tampered: Told & { before: Awaited<ReturnType<typeof checkBooks>> | null };

beforeAll(async () => {
  let before: typeof tampered.before = null;
  const told = await tell({
    beforeBooks: async (system, stage) => {
      before = await checkBooks(stage);
      await tamper(system);
    },
  });
  tampered = { ...told, before };
}, secondsMax * 1000);

it('one stored balance that is one kobo off ends the story with 1', () => {
  expect(tampered.before).toEqual({ trialBalanceMinor: 0, problems: [] });
  expect(tampered.exitCode).toBe(1);
  const { said } = tampered;
  expect(said).toContainEqual(expect.stringContaining('stored_balance_equals_its_recomputation'));
  expect(said).toContainEqual(expect.stringMatching(/^Chidi reads .* the transfers add up to /));
  expect(said.join('\n')).not.toContain('invariants hold');
});

it('two API processes and two workers on one database tell it to the same closing books, and end with 0', {
  timeout: secondsMax * 1000,
}, async () => {
  const fetched = vi.spyOn(globalThis, 'fetch');
  let requests: number[] = [];
  let logs = '';
  const { exitCode, said, closing } = await tell({
    processes: 2,
    beforeBooks: async (system) => {
      const urls = fetched.mock.calls.map(([url]) => String(url instanceof Request ? url.url : url));
      requests = system.apiUrls.map((apiUrl) => urls.filter((url) => url.startsWith(`${apiUrl}/`)).length);
      logs = await system.readLogs();
    },
  }).finally(() => fetched.mockRestore());
  expect(said.at(-1)).toBe(`story: ${storySteps.length} steps, trial balance 0, invariants hold`);
  expect(exitCode).toBe(0);
  expect(closing).toEqual(tampered.closing);
  expect(said.filter((line) => line.startsWith('step '))).toHaveLength(storySteps.length);
  expect(requests).toHaveLength(2);
  for (const count of requests) expect(count).toBeGreaterThan(10);
  const logOf = (part: string) => logs.split('\n\n').find((log) => log.startsWith(`${part}:`));
  for (const worker of ['worker', 'worker-2']) expect(logOf(worker)).toContain('"msg":"swept"');
});

async function tell({ beforeBooks, ...given }: Omit<TellThrowAwayStory, 'say'>): Promise<Told> {
  const said: string[] = [];
  let closing: Told['closing'] = {};
  const exitCode = await tellThrowAwayStory({
    ...given,
    say: (line) => said.push(line),
    beforeBooks: async (system, stage) => {
      closing = await readClosing(stage);
      await beforeBooks?.(system, stage);
    },
  });
  return { exitCode, said, closing };
}

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

/** As only the owner of the database can: past the triggers that refuse it to everybody. */
async function tamper({ ownerUrl }: Booted): Promise<void> {
  const pool = createPool({
    url: ownerUrl,
    connectionsMax: 1,
    applicationName: 'tamper',
    statementTimeoutSeconds: 10,
    waitSecondsMax: 10,
  });
  try {
    await pool.query('alter table accounts disable trigger user');
    const { rowCount } = await pool.query(
      `update accounts set balance_minor = balance_minor + 1
        where purpose = 'available' and owner_id = (select id::text from users where handle = 'demo_chidi')`,
    );
    expect(rowCount).toBe(1);
    await pool.query('alter table accounts enable trigger user');
  } finally {
    await pool.end();
  }
}
