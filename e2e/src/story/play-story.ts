import { naira, signedNaira } from './naira.ts';
import { type Accounts, readAccounts } from './read-accounts.ts';
import { type Stage, type SystemAddresses, setStage } from './stage.ts';
import { type Moves, mustHold } from './story-step.ts';
import { storySteps } from './story-steps.ts';
import { bringToPresent } from './virtual-clock.ts';

export interface PlayStory extends SystemAddresses {
  say: (line: string) => void;
}

export interface StoryEnd {
  steps: number;
  stage: Stage;
}

/**
 * Plays the story through the SDK over HTTP, on a system in which nobody is yet. Says each step with the money that
 * moved, and then every balance. Throws at the first thing that is not as promised.
 */
export async function playStory({ say, ...addresses }: PlayStory): Promise<StoryEnd> {
  const stage = setStage(addresses);
  let before = await readAccounts(stage);
  for (const [index, step] of storySteps.entries()) {
    const told = await step.play(stage);
    const after = await readAccounts(stage);
    const moved = differences(before, after);
    mustHold(
      isAsTold(moved, told.moves),
      `in ${step.name} moved ${tell(moved)}, and not ${tell(told.moves)}`,
    );
    say(`step ${index + 1}  ${told.line}   ${tell(moved)}`);
    for (const remark of told.remarks ?? []) say(`        ${remark}`);
    before = after;
  }
  const seconds = await bringToPresent(stage);
  const moved = differences(before, await readAccounts(stage));
  mustHold(isAsTold(moved, {}), `until the present moved ${tell(moved)}`);
  say(
    `the end  the clock moves the last ${Math.round(seconds / 3600)} hours to the present   ${tell(moved)}`,
  );
  say('');
  say('balances (what others keep for the platform stands with a minus: all of it adds up to zero)');
  for (const [account, amountMinor] of before)
    say(`        ${account.padEnd(20)} ${naira(amountMinor).padStart(14)}`);
  return { steps: storySteps.length, stage };
}

function differences(before: Accounts, after: Accounts): Moves {
  const names = [...new Set([...before.keys(), ...after.keys()])];
  const moved = names.map((name) => [name, (after.get(name) ?? 0) - (before.get(name) ?? 0)] as const);
  return Object.fromEntries(moved.filter(([, amountMinor]) => amountMinor !== 0));
}

const isPersonal = (account: string): boolean => / (wallet|held)$/.test(account);

/** Of the people's money exactly what was told; the platform's side of it is held by the trial balance. */
function isAsTold(moved: Moves, told: Moves): boolean {
  const personal = Object.entries(moved).filter(([account]) => isPersonal(account));
  return (
    personal.length === Object.keys(told).length &&
    personal.every(([account, amountMinor]) => told[account] === amountMinor)
  );
}

function tell(moves: Moves): string {
  const parts = Object.entries(moves).map(
    ([account, amountMinor]) => `${account} ${signedNaira(amountMinor)}`,
  );
  return parts.length === 0 ? 'no money moves' : parts.join(', ');
}
