import type { Errand, ErrandTerms } from '../errand.rules.ts';

const NOON = Date.UTC(2026, 2, 2, 12);

/** An instant so many minutes after the errand of {@link anErrand} was posted. */
export const minutes = (count: number): Date => new Date(NOON + count * 60_000);

export const senderId = '018f0000-0000-7000-8000-000000000001';
export const runnerId = '018f0000-0000-7000-8000-000000000002';

const terms: ErrandTerms = {
  rewardMinor: 450_000n,
  goodsBudgetMinor: 600_000n,
  commissionMinor: 45_000n,
  lateCancellationMinor: 90_000n,
  startedCancellationMinor: 225_000n,
  freeCancellationSeconds: 300,
  startWithinSeconds: 7200,
  confirmWithinSeconds: 86_400,
};

/** An errand as it stands in a state, posted at noon, due at six, taken after ten minutes. */
export function anErrand(given: Partial<Errand>): Errand {
  const state = given.state ?? 'posted';
  const isTaken = ['accepted', 'started', 'completed', 'confirmed'].includes(state);
  const isStarted = ['started', 'completed', 'confirmed'].includes(state);
  const isCompleted = ['completed', 'confirmed'].includes(state);
  return {
    errandId: '018f0000-0000-7000-8000-00000000000e',
    escrowId: '018f0000-0000-7000-8000-00000000000f',
    version: 1,
    kind: 'buy_and_deliver',
    senderId,
    runnerId: isTaken ? runnerId : null,
    title: 'Tomatoes from the market',
    description: '',
    items: [{ name: 'tomatoes', quantity: 12 }],
    currency: 'NGN',
    terms,
    place: { cell: '88589c9807fffff', latitude: 6.5, longitude: 3.4 },
    goodsSpentMinor: isCompleted ? 520_000n : null,
    deliverToSealed: Buffer.from('sealed place'),
    receiptSealed: isCompleted ? Buffer.from('sealed receipt') : null,
    postedAt: minutes(0),
    dueAt: minutes(360),
    acceptedAt: isTaken ? minutes(10) : null,
    startedAt: isStarted ? minutes(20) : null,
    completedAt: isCompleted ? minutes(120) : null,
    endedAt: null,
    expiresAt: minutes(300),
    reopensAt: state === 'accepted' ? minutes(130) : null,
    lapsesAt: minutes(360 + 1440),
    confirmsAt: isCompleted ? minutes(120 + 1440) : null,
    ...given,
    state,
  };
}
