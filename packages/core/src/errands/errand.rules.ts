import type { Currency, ErrandItem, ErrandState, RoughPlace } from '@errand-dash/contract';
import type { Viewer } from '../claim.ts';
import type { CommandEvent } from '../command.ts';
import { type Decision, refuse } from '../refusal.ts';
import { decideTimedTransition, isFinal } from '../state-machine.ts';
import { type ErrandActor, type ErrandEvent, errandMachine } from './errand.machine.ts';

/** The numbers that an errand was posted with. No later change of the configuration reaches them. */
export interface ErrandTerms {
  rewardMinor: bigint;
  goodsBudgetMinor: bigint;
  /** The platform's part of the reward. */
  commissionMinor: bigint;
  /** What the runner keeps when the sender cancels late, before and after the start. */
  lateCancellationMinor: bigint;
  startedCancellationMinor: bigint;
  /** Cancelling is free for this long after acceptance. */
  freeCancellationSeconds: number;
  startWithinSeconds: number;
  confirmWithinSeconds: number;
}

export interface Errand {
  errandId: string;
  escrowId: string;
  state: ErrandState;
  /** How often the state has changed. */
  version: number;
  kind: 'buy_and_deliver';
  senderId: string;
  runnerId: string | null;
  title: string;
  description: string;
  items: ErrandItem[];
  currency: Currency;
  terms: ErrandTerms;
  place: RoughPlace;
  goodsSpentMinor: bigint | null;
  /** The exact place, under the sender's data key. */
  deliverToSealed: Uint8Array;
  /** What the receipt says, under the runner's data key. */
  receiptSealed: Uint8Array | null;
  dueAt: Date;
  postedAt: Date;
  acceptedAt: Date | null;
  startedAt: Date | null;
  completedAt: Date | null;
  endedAt: Date | null;
  /** If nobody has accepted by then, the errand ends. */
  expiresAt: Date;
  /** If the runner has not started by then, the errand is posted again. */
  reopensAt: Date | null;
  /** If a started errand is not completed by then, it ends. */
  lapsesAt: Date;
  /** If the sender has said nothing by then, the errand is confirmed. */
  confirmsAt: Date | null;
}

/** Who a viewer is in an errand. Refuses a stranger with `OBJECT_NOT_FOUND`, as if there were no such errand. */
export function actorIn(errand: Errand, viewer: Viewer): Decision<ErrandActor> {
  if (viewer.kind === 'clock') return 'clock';
  const party = viewer.kind === 'user' ? partyIn(errand, viewer.userId) : null;
  return party ?? refuse('OBJECT_NOT_FOUND', {});
}

export function partyIn(errand: Errand, userId: string): 'sender' | 'runner' | null {
  if (errand.senderId === userId) return 'sender';
  return errand.runnerId === userId ? 'runner' : null;
}

/** Where an event of the machine leads. Refuses with `TRANSITION_REFUSED`. */
export function decideMove(
  errand: Errand,
  event: ErrandEvent,
  actor: ErrandActor,
  now: Date,
): Decision<ErrandState> {
  return decideTimedTransition(errandMachine, 'errand', errand, event, actor, now);
}

/** The errand in its next state, with the instants of that state. */
export function advance(errand: Errand, state: ErrandState, change: Partial<Errand>, now: Date): Errand {
  const endedAt = isFinal(errandMachine, state) ? now : null;
  return { ...errand, ...change, state, version: errand.version + 1, endedAt };
}

const pastTense = {
  accept: 'accepted',
  start: 'started',
  complete: 'completed',
  confirm: 'confirmed',
  cancel: 'cancelled',
  expire: 'expired',
  reopen: 'reopened',
  lapse: 'lapsed',
} as const satisfies Record<ErrandEvent, string>;

/** What is told of a step in an errand's life. A runner who has lost the errand by it is told as well. */
export function errandEvent(
  errand: Errand,
  event: ErrandEvent | 'post',
  formerRunnerId?: string | null,
): CommandEvent {
  const { errandId, escrowId, senderId, runnerId, state, version, confirmsAt } = errand;
  const name = event === 'post' ? 'posted' : pastTense[event];
  const runner = runnerId ?? formerRunnerId ?? null;
  return {
    name: `errand.${name}`,
    subject: { type: 'errand', id: errandId },
    audience: runner === null ? [senderId] : [senderId, runner],
    data: {
      ...{ state, version, escrowId },
      // What silence means from here on, and when.
      ...(event === 'complete' && confirmsAt !== null && { confirmsAt: confirmsAt.toISOString() }),
    },
  };
}
