import type { PostErrand, RoughPlace } from '@errand-dash/contract';
import { after } from '../../clock.ts';
import { decideHomeCurrency } from '../../currency.rules.ts';
import { partOf } from '../../money.ts';
import type { Policy } from '../../policy.ts';
import { type Decision, isRefusal, refuse } from '../../refusal.ts';
import type { Errand, ErrandTerms } from '../errand.rules.ts';

/** What a new errand is made of beside what its sender says. */
export interface Posting {
  errandId: string;
  escrowId: string;
  senderId: string;
  place: RoughPlace;
  deliverToSealed: Uint8Array;
  now: Date;
}

/** A new errand with its terms frozen. Refuses with `CURRENCY_NOT_OPEN`, `DEADLINE_INVALID` and `AMOUNT_TOO_LARGE`. */
export function decidePost(
  input: PostErrand,
  policy: Pick<Policy, 'commissionBasisPoints' | 'errand' | 'homeCurrency'>,
  posting: Posting,
): Decision<Errand> {
  const { now, ...given } = posting;
  const currency = decideHomeCurrency(input.currency, policy);
  if (isRefusal(currency)) return currency;
  const expiresAt = decideDeadlines(input, policy, now);
  if (isRefusal(expiresAt)) return expiresAt;
  const { amountMaxMinor, overdueSeconds } = policy.errand;
  if (input.rewardMinor + input.goodsBudgetMinor > amountMaxMinor) {
    return refuse('AMOUNT_TOO_LARGE', { maxMinor: Number(amountMaxMinor) });
  }
  return {
    ...given,
    state: 'posted',
    version: 1,
    kind: input.kind,
    runnerId: null,
    title: input.title,
    description: input.description,
    items: input.items,
    currency,
    terms: freezeTerms(input, policy),
    goodsSpentMinor: null,
    receiptSealed: null,
    dueAt: input.dueAt,
    postedAt: now,
    acceptedAt: null,
    startedAt: null,
    completedAt: null,
    endedAt: null,
    expiresAt,
    reopensAt: null,
    lapsesAt: after(input.dueAt, overdueSeconds),
    confirmsAt: null,
  };
}

/** Until when the errand waits for a runner: not beyond the due time, for then it is too late to begin. */
function decideDeadlines(
  { dueAt, expiresAt }: PostErrand,
  { errand }: Pick<Policy, 'errand'>,
  now: Date,
): Decision<Date> {
  const latest = after(now, errand.dueWithinSeconds);
  if (dueAt <= now || dueAt > latest)
    return refuse('DEADLINE_INVALID', { field: 'dueAt', earliest: now, latest });
  const byDefault = after(now, errand.openSeconds);
  const chosen = expiresAt ?? (byDefault < dueAt ? byDefault : dueAt);
  if (chosen <= now || chosen > dueAt) {
    return refuse('DEADLINE_INVALID', { field: 'expiresAt', earliest: now, latest: dueAt });
  }
  return chosen;
}

function freezeTerms(
  { rewardMinor, goodsBudgetMinor }: PostErrand,
  { commissionBasisPoints, errand }: Pick<Policy, 'commissionBasisPoints' | 'errand'>,
): ErrandTerms {
  return {
    rewardMinor,
    goodsBudgetMinor,
    // The runner's part is rounded down and the fee takes the remainder.
    commissionMinor: rewardMinor - partOf(rewardMinor, 10_000 - commissionBasisPoints),
    lateCancellationMinor: partOf(rewardMinor, errand.lateCancellationBasisPoints),
    startedCancellationMinor: partOf(rewardMinor, errand.startedCancellationBasisPoints),
    freeCancellationSeconds: errand.freeCancellationSeconds,
    startWithinSeconds: errand.startWithinSeconds,
    confirmWithinSeconds: errand.confirmWithinSeconds,
  };
}
