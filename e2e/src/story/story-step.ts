import type { Stage } from './stage.ts';

/** Account names as the story prints them, and by how much each changed, in kobo. Those that did not are left out. */
export type Moves = Record<string, number>;

export interface StepTold {
  /** What happened, in a line. */
  line: string;
  /** What else was seen to hold, a line each. */
  remarks?: readonly string[];
  /** The people's money that must have moved, no more and no less. The platform's is told as it is found. */
  moves: Moves;
}

/** One step of the story. It speaks to ErrandDash as anybody would, and throws when something is not as promised. */
export interface StoryStep {
  name: string;
  play: (stage: Stage) => Promise<StepTold>;
}

/** Throws with this sentence unless it holds. */
export function mustHold(isSo: boolean, sentence: string): asserts isSo {
  if (!isSo) throw new Error(`The story is broken: ${sentence}`);
}
