import { after } from '../../clock.ts';
import { type Decision, isRefusal, refuse } from '../../refusal.ts';
import type { ErrandActor } from '../errand.machine.ts';
import { advance, decideMove, type Errand } from '../errand.rules.ts';

/** An errand at its end, and what its escrow pays. */
export interface Ending<Pay> {
  errand: Errand;
  pay: Pay;
  /** All that leaves the escrow for others than the sender. From the limits on she signs for it. */
  leavesMinor: bigint;
}

/** What leaves the escrow to whom; the platform takes the remainder. */
export interface Release {
  payeeMinor: bigint;
  payerMinor: bigint;
}

/**
 * The reward less commission and the goods money to the runner, the rest of the budget to the sender.
 * Refuses with `TRANSITION_REFUSED`.
 */
export function decideConfirm(errand: Errand, actor: ErrandActor, now: Date): Decision<Ending<Release>> {
  const state = decideMove(errand, 'confirm', actor, now);
  if (isRefusal(state)) return state;
  const { rewardMinor, commissionMinor, goodsBudgetMinor } = errand.terms;
  const goodsMinor = errand.goodsSpentMinor ?? 0n;
  return {
    errand: advance(errand, state, {}, now),
    pay: {
      payeeMinor: rewardMinor - commissionMinor + goodsMinor,
      payerMinor: goodsBudgetMinor - goodsMinor,
    },
    leavesMinor: rewardMinor + goodsMinor,
  };
}

/**
 * By the cancellation table: all of it back while posted and shortly after acceptance, later a part of the reward
 * to the runner, without commission, and the rest to the sender.
 * Refuses with `TRANSITION_REFUSED`, and with `CANCELLATION_COSTS_MORE` where that part is above `costMaxMinor`.
 */
export function decideCancel(
  errand: Errand,
  actor: ErrandActor,
  now: Date,
  costMaxMinor?: bigint,
): Decision<Ending<{ payeeMinor: bigint }>> {
  const state = decideMove(errand, 'cancel', actor, now);
  if (isRefusal(state)) return state;
  const { costMinor: payeeMinor } = cancellationOf(errand, now);
  if (costMaxMinor !== undefined && payeeMinor > costMaxMinor) {
    return refuse('CANCELLATION_COSTS_MORE', {
      currency: errand.currency,
      costMinor: Number(payeeMinor),
      costMaxMinor: Number(costMaxMinor),
    });
  }
  const cancelled = advance(errand, state, { reopensAt: null }, now);
  return { errand: cancelled, pay: { payeeMinor }, leavesMinor: payeeMinor };
}

/** The end by the clock of an errand that nobody took or that was not completed in time: all of it back. */
export function decideGiveBack(
  errand: Errand,
  event: 'expire' | 'lapse',
  actor: ErrandActor,
  now: Date,
): Decision<Errand> {
  const state = decideMove(errand, event, actor, now);
  return isRefusal(state) ? state : advance(errand, state, {}, now);
}

/** What cancelling costs now, and until when it costs nothing: null while no runner has it. */
export interface Cancellation {
  costMinor: bigint;
  freeUntil: Date | null;
}

/** By the cancellation table, of an errand that is open. The free time is the sender's, whether he has started or not. */
export function cancellationOf({ state, acceptedAt, terms }: Errand, now: Date): Cancellation {
  if (acceptedAt === null) return { costMinor: 0n, freeUntil: null };
  const freeUntil = after(acceptedAt, terms.freeCancellationSeconds);
  if (now <= freeUntil) return { costMinor: 0n, freeUntil };
  const { startedCancellationMinor, lateCancellationMinor } = terms;
  return { costMinor: state === 'started' ? startedCancellationMinor : lateCancellationMinor, freeUntil };
}
