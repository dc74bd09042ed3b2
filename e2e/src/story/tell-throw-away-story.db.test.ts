import { createPool } from '@errand-dash/db';
import { expect, it } from 'vitest';
import type { Booted } from '../boot.ts';
import { storySteps } from './story-steps.ts';
import { tellThrowAwayStory } from './tell-throw-away-story.ts';

const secondsMax = 180;

it('the story is told to its end, and ends with 0', { timeout: secondsMax * 1000 }, async () => {
  const said: string[] = [];
  const exitCode = await tellThrowAwayStory({ say: (line) => said.push(line) });
  expect(said.at(-1)).toBe(`story: ${storySteps.length} steps, trial balance 0, invariants hold`);
  expect(exitCode).toBe(0);
  const told = said.filter((line) => line.startsWith('step '));
  expect(told).toHaveLength(storySteps.length);
});

it('one stored balance that is one kobo off ends the story with 1', {
  timeout: secondsMax * 1000,
}, async () => {
  const said: string[] = [];
  const exitCode = await tellThrowAwayStory({ say: (line) => said.push(line), beforeBooks: tamper });
  expect(exitCode).toBe(1);
  expect(said).toContainEqual(expect.stringContaining('stored_balance_equals_its_recomputation'));
  expect(said).toContainEqual(expect.stringMatching(/^Chidi reads .* the transfers add up to /));
  expect(said.join('\n')).not.toContain('invariants hold');
});

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
