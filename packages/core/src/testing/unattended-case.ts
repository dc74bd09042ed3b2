import type { ErrandScene } from '../errands/testing/index.ts';
import type { PayoutWorld } from '../payments/testing/payout-world.ts';

/** Where everything is brought that nobody then attends to. */
export interface UnattendedStage {
  world: PayoutWorld;
  scene: ErrandScene;
}

/** One way in which a row may lie in a state, and what must come of it although nobody acts any more. */
export interface UnattendedCase {
  when: string;
  /** By commands alone. */
  bring: (stage: UnattendedStage) => Promise<UnattendedRow>;
  /** The state in which it is once nothing more is due. */
  ends: string;
  /** Which list of the alerts has it, where only the provider's answer or an operator ends it. */
  listed?: 'silent' | 'withdrawals' | 'mismatched';
}

export interface UnattendedRow {
  id: string;
  /** Who must have heard of its end, by the event that tells it. */
  told?: Readonly<Record<string, readonly string[]>>;
  /** What must lie in somebody's wallet then. */
  wallet?: { userId: string; availableMinor: bigint };
  /** What the payer does at the provider, or the bank, once everything is in its place. */
  later?: () => Promise<unknown>;
}

type OpenStateOf<M> = { [S in keyof M]: keyof M[S] extends never ? never : S }[keyof M];

/** A state that something leaves and that has no case does not compile. */
export type CasesOf<M> = Readonly<Record<OpenStateOf<M>, readonly [UnattendedCase, ...UnattendedCase[]]>>;
