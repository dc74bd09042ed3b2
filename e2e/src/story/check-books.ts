import { naira } from './naira.ts';
import { readBook, readPeople, recomputePerson } from './read-accounts.ts';
import type { Stage } from './stage.ts';

export interface BooksChecked {
  /** The sum over all accounts, which is zero. */
  trialBalanceMinor: number;
  /** What is not as it must be, a sentence each. */
  problems: string[];
}

/**
 * Compares what the people read through the SDK, and what the operations port reads of every account, with what
 * all transfers ever made add up to; and asks for everything that offends an invariant.
 */
export async function checkBooks(stage: Stage): Promise<BooksChecked> {
  const people = await readPeople(stage);
  const { lines, violations } = await readBook(stage);
  const problems = violations.map(({ invariant, row }) => `${invariant} is broken by ${JSON.stringify(row)}`);
  for (const { purpose, totalMinor, recomputedMinor } of lines) {
    if (totalMinor === recomputedMinor) continue;
    problems.push(`${purpose} reads ${naira(totalMinor)}, its transfers add up to ${naira(recomputedMinor)}`);
  }
  for (const { person, userId, availableMinor, heldMinor } of people) {
    if (userId === null) continue;
    const recomputed = await recomputePerson(stage, userId);
    if (availableMinor === recomputed.availableMinor && heldMinor === recomputed.heldMinor) continue;
    const reads = `${naira(availableMinor)} and ${naira(heldMinor)} held`;
    const adds = `${naira(recomputed.availableMinor)} and ${naira(recomputed.heldMinor)} held`;
    problems.push(`${person} reads ${reads}, the transfers add up to ${adds}`);
  }
  const trialBalanceMinor = lines.reduce((sum, { totalMinor }) => sum + totalMinor, 0);
  if (trialBalanceMinor !== 0)
    problems.push(`all accounts add up to ${naira(trialBalanceMinor)} and not to zero`);
  return { trialBalanceMinor, problems };
}
