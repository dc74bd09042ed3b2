import { z } from 'zod';
import { approvalIn } from './approvals.ts';
import { idIn, idOut } from './ids.ts';
import { amountMinorIn, amountMinorOut, amountOrZeroMinorIn, currency } from './money.ts';
import { cursor, pageLimit } from './pages.ts';
import { exactPlace, point, roughPlace } from './place.ts';
import { line, text } from './text.ts';
import { publicUser } from './users.ts';

export const errandStates = [
  'posted',
  'accepted',
  'started',
  'completed',
  'confirmed',
  'cancelled',
  'expired',
] as const;
export type ErrandState = (typeof errandStates)[number];

export const errandItem = z.strictObject({ name: line(1, 120), quantity: z.int().min(1).max(1000) });
export type ErrandItem = z.infer<typeof errandItem>;

/** Buy the items within the budget and bring them to the place. */
export const postErrandIn = z.strictObject({
  kind: z.literal('buy_and_deliver'),
  title: line(3, 100),
  description: text(0, 2000).default(''),
  items: z.array(errandItem).min(1).max(50),
  deliverTo: exactPlace,
  currency,
  /** What the runner earns, before the platform's commission. */
  rewardMinor: amountMinorIn,
  /** The most that the runner may spend on the items; what he does not spend goes back to the sender. */
  goodsBudgetMinor: amountOrZeroMinorIn,
  /** If nobody has accepted by then, the errand ends and the money returns. A day from now unless given. */
  expiresAt: z.date().optional(),
  /** When the items should be there. */
  dueAt: z.date(),
});
export type PostErrand = z.output<typeof postErrandIn>;

export const errandActions = ['accept', 'start', 'complete', 'confirm', 'cancel'] as const;
export type ErrandAction = (typeof errandActions)[number];

const errandBase = {
  errandId: idOut('errand'),
  kind: z.literal('buy_and_deliver'),
  state: z.enum(errandStates),
  title: z.string(),
  description: z.string(),
  items: z.array(z.strictObject({ name: z.string(), quantity: z.int() })),
  currency,
  rewardMinor: amountMinorOut,
  goodsBudgetMinor: amountMinorOut,
  place: roughPlace,
  expiresAt: z.date(),
  dueAt: z.date(),
  postedAt: z.date(),
  sender: publicUser,
} as const;

/** An errand as a runner who looks for work sees it. */
export const errandListing = z.strictObject({
  ...errandBase,
  /** From the point that was asked for to the centre of the place's cell. */
  distanceMetres: z.int().min(0),
});
export type ErrandListing = z.infer<typeof errandListing>;

/** An errand as its parties see it. */
export const errand = z.strictObject({
  ...errandBase,
  escrowId: idOut('escrow'),
  runner: publicUser.nullable(),
  /** The exact place: for the sender always, for the runner once he has accepted. Absent for others. */
  deliverTo: exactPlace.optional(),
  /** What the runner spent on the items, once he has completed. */
  goodsSpentMinor: amountMinorOut.nullable(),
  /** What the receipt says, in the runner's words. Absent before he has completed. */
  receipt: z.string().optional(),
  /** The platform's part of the reward, frozen when the errand was posted. */
  commissionMinor: amountMinorOut,
  acceptedAt: z.date().nullable(),
  startedAt: z.date().nullable(),
  completedAt: z.date().nullable(),
  endedAt: z.date().nullable(),
  /** What the one who asks may do now. */
  allowedActions: z.array(z.enum(errandActions)),
  /**
   * What cancelling would cost now: the runner is paid so much of the reward, and the rest comes back. Absent for who
   * may not cancel.
   */
  cancellationCostMinor: amountMinorOut.optional(),
  /**
   * Until when cancelling costs nothing, or cost nothing; null while no runner has accepted, since the time begins
   * with that. Absent for who may not cancel.
   */
  cancellationFreeUntil: z.date().nullable().optional(),
  /** When the clock acts next if nobody does, and what it does. */
  nextDeadline: z.strictObject({ at: z.date(), event: z.string() }).nullable(),
});
export type Errand = z.infer<typeof errand>;

export const errandIn = z.strictObject({ errandId: idIn('errand') });
export type ErrandInput = z.output<typeof errandIn>;

/** What ends an errand. Without `approval` where what it pays out is below the limits of `SIGNATURE_NEEDED`. */
export const endErrandIn = z.strictObject({ errandId: idIn('errand'), approval: approvalIn.optional() });

/** As {@link endErrandIn}, with the most that it may cost. */
export const cancelErrandIn = endErrandIn.extend({
  /**
   * What the person was shown that it costs. Where it has come to cost more since, nothing is cancelled, and
   * `CANCELLATION_COSTS_MORE` says what it costs now. Without it, it costs what it costs.
   */
  costMaxMinor: amountOrZeroMinorIn.optional(),
});

export const completeErrandIn = z.strictObject({
  errandId: idIn('errand'),
  /** By the receipt. At most the budget. */
  goodsSpentMinor: amountOrZeroMinorIn,
  /** What the receipt says, or where it can be seen, in words. */
  receipt: line(1, 500),
});
export type CompleteErrand = z.output<typeof completeErrandIn>;

export const findErrandsNearIn = z.strictObject({
  near: point,
  radiusMetres: z.int().min(100).max(50_000).default(10_000),
  limit: pageLimit,
  cursor: cursor.optional(),
});
export type FindErrandsNear = z.output<typeof findErrandsNearIn>;
export const errandListings = z.strictObject({
  errands: z.array(errandListing),
  nextCursor: z.string().nullable(),
});

/** A page of the errands that the person posted or runs, newest first. */
export const listMyErrandsIn = z.strictObject({
  as: z.enum(['sender', 'runner']),
  limit: pageLimit,
  cursor: cursor.optional(),
});
export type ListMyErrands = z.output<typeof listMyErrandsIn>;
export const errandPage = z.strictObject({ errands: z.array(errand), nextCursor: z.string().nullable() });

/** One line of an errand's history. */
export const errandChange = z.strictObject({
  event: z.string(),
  at: z.date(),
  by: z.enum(['sender', 'runner', 'clock']),
});
export const errandHistory = z.strictObject({ changes: z.array(errandChange) });
