import type { Movement } from './ledger.ts';

/** A movement with sample figures, as the rule that decides it makes it, and when it is made. */
export interface SampledMovement {
  when: string;
  movement: Movement;
}
