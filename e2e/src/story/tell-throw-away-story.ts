import { type Booted, boot } from '../boot.ts';
import { checkBooks } from './check-books.ts';
import { playStory } from './play-story.ts';
import type { Stage } from './stage.ts';

export interface TellThrowAwayStory {
  say: (line: string) => void;
  /** How many API processes and how many workers; one of each unless given. */
  processes?: number;
  /** What happens to the system between the last step and the look into the books. */
  beforeBooks?: (system: Booted, stage: Stage) => Promise<void>;
}

/**
 * Plays the story on a throw-away database, looks into the books and closes with one line. Returns the exit code:
 * 0 only if every step was as promised, all accounts add up to zero and every invariant holds.
 */
export async function tellThrowAwayStory({
  say,
  processes = 1,
  beforeBooks,
}: TellThrowAwayStory): Promise<0 | 1> {
  const system = await boot({ processes });
  try {
    const { steps, stage } = await playStory({ ...system, say });
    await beforeBooks?.(system, stage);
    const { trialBalanceMinor, problems } = await checkBooks(stage);
    say('');
    if (problems.length === 0) {
      say(`story: ${steps} steps, trial balance ${trialBalanceMinor}, invariants hold`);
      return 0;
    }
    for (const problem of problems) say(problem);
    say(`story: ${steps} steps, ${problems.length} problems in the books`);
    return 1;
  } catch (error) {
    say(error instanceof Error ? (error.stack ?? error.message) : String(error));
    say(`\nThe ends of the logs:\n\n${await system.readLogs()}\n`);
    say('story: broken off');
    return 1;
  } finally {
    await system.stop();
  }
}
