import { after } from '../../clock.ts';
import { type Decision, isRefusal, refuse } from '../../refusal.ts';
import type { ErrandActor } from '../errand.machine.ts';
import { advance, decideMove, type Errand, partyIn } from '../errand.rules.ts';

/**
 * The errand with its runner. Who is no party of it learns only what the listings tell every runner: an errand that is
 * open is there for him to take; one that has just been taken is `ERRAND_TAKEN`, whatever became of it since, because
 * he may have it on his screen; every other is `OBJECT_NOT_FOUND`, as if there were none. A party is refused with
 * `ERRAND_OWN` and `TRANSITION_REFUSED`.
 */
export function decideAccept(
  errand: Errand,
  userId: string,
  now: Date,
  { takenToldSeconds }: { takenToldSeconds: number },
): Decision<Errand> {
  const party = partyIn(errand, userId);
  if (party === 'sender') return refuse('ERRAND_OWN', {});
  const isListed = errand.state === 'posted' && errand.expiresAt > now;
  if (party === null && !isListed) {
    const isJustTaken = errand.acceptedAt !== null && now < after(errand.acceptedAt, takenToldSeconds);
    return refuse(isJustTaken ? 'ERRAND_TAKEN' : 'OBJECT_NOT_FOUND', {});
  }
  const state = decideMove(errand, 'accept', 'runner', now);
  if (isRefusal(state)) return state;
  const reopensAt = after(now, errand.terms.startWithinSeconds);
  return advance(errand, state, { runnerId: userId, acceptedAt: now, reopensAt }, now);
}

/** The errand under way. Refuses with `TRANSITION_REFUSED`. */
export function decideStart(errand: Errand, actor: ErrandActor, now: Date): Decision<Errand> {
  const state = decideMove(errand, 'start', actor, now);
  return isRefusal(state) ? state : advance(errand, state, { startedAt: now, reopensAt: null }, now);
}

/** The errand as done. Refuses with `TRANSITION_REFUSED` and `GOODS_OVER_BUDGET`. */
export function decideComplete(
  errand: Errand,
  actor: ErrandActor,
  given: { goodsSpentMinor: bigint; receiptSealed: Uint8Array },
  now: Date,
): Decision<Errand> {
  const state = decideMove(errand, 'complete', actor, now);
  if (isRefusal(state)) return state;
  const { goodsBudgetMinor, confirmWithinSeconds } = errand.terms;
  if (given.goodsSpentMinor > goodsBudgetMinor) {
    return refuse('GOODS_OVER_BUDGET', { goodsBudgetMinor: Number(goodsBudgetMinor) });
  }
  const confirmsAt = after(now, confirmWithinSeconds);
  return advance(errand, state, { ...given, completedAt: now, confirmsAt }, now);
}

/** The errand open to all again, without the runner who did not start. Refuses with `TRANSITION_REFUSED`. */
export function decideReopen(errand: Errand, actor: ErrandActor, now: Date): Decision<Errand> {
  const state = decideMove(errand, 'reopen', actor, now);
  return isRefusal(state)
    ? state
    : advance(errand, state, { runnerId: null, acceptedAt: null, reopensAt: null }, now);
}
