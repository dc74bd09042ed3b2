import { askOperations } from './ask-operations.ts';
import type { Stage } from './stage.ts';
import { mustHold } from './story-step.ts';
import { until } from './until.ts';

export const HOUR_SECONDS = 3600;
export const DAY_SECONDS = 24 * HOUR_SECONDS;

/** Moves the time of the whole system on, by its operations port, and says what time it is then. */
export async function moveClock(stage: Stage, seconds: number): Promise<Date> {
  return new Date(Date.now() + (await askClock(stage, seconds)) * 1000);
}

/** What time it is there. */
export const readClock = (stage: Stage): Promise<Date> => moveClock(stage, 0);

/** Moves what is left of the past away, so that the system's time is the real one. Says how many seconds that were. */
export async function bringToPresent(stage: Stage): Promise<number> {
  const leftSeconds = -(await askClock(stage, 0));
  mustHold(leftSeconds >= 0, `the story has gone ${-leftSeconds} seconds into the future`);
  const offsetSeconds = await askClock(stage, leftSeconds);
  mustHold(offsetSeconds === 0, `the clock stands ${offsetSeconds} seconds from the real time`);
  return leftSeconds;
}

const patienceMilliseconds = 3000;

/**
 * Looks again and again, and lets so much time go by before that, and once more whenever nothing has come of it for a
 * while: what was under way when the time moved may have to wait for its next turn.
 */
export function untilLater<T>(
  stage: Stage,
  seconds: number,
  what: string,
  look: () => Promise<T | null>,
): Promise<T> {
  let movedAt = Number.NEGATIVE_INFINITY;
  return until(what, async () => {
    const found = await look();
    if (found === null && performance.now() - movedAt > patienceMilliseconds) {
      await moveClock(stage, seconds);
      movedAt = performance.now();
    }
    return found;
  });
}

async function askClock(stage: Stage, seconds: number): Promise<number> {
  return (await askOperations<{ offsetSeconds: number }>(stage, '/clock', { seconds })).offsetSeconds;
}
