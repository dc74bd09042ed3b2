import { type Errand, type ErrandListing, formatId } from '@errand-dash/contract';
import type { ErrandView, ErrandListing as FoundErrand } from '@errand-dash/core';
import { presentPublicUser } from './users.present.ts';

/** An errand as the one who asks may see it. What he may not see is absent. */
export const presentErrand = (errand: ErrandView): Errand => ({
  ...presentShown(errand),
  escrowId: formatId('escrow', errand.escrowId),
  runner: errand.runner && presentPublicUser(errand.runner),
  ...(errand.deliverTo && { deliverTo: errand.deliverTo }),
  goodsSpentMinor: errand.goodsSpentMinor === null ? null : Number(errand.goodsSpentMinor),
  ...(errand.receipt !== undefined && { receipt: errand.receipt }),
  commissionMinor: Number(errand.terms.commissionMinor),
  acceptedAt: errand.acceptedAt,
  startedAt: errand.startedAt,
  completedAt: errand.completedAt,
  endedAt: errand.endedAt,
  allowedActions: errand.allowedActions,
  ...(errand.cancellationCostMinor !== undefined && {
    cancellationCostMinor: Number(errand.cancellationCostMinor),
  }),
  ...(errand.cancellationFreeUntil !== undefined && { cancellationFreeUntil: errand.cancellationFreeUntil }),
  nextDeadline: errand.nextDeadline,
});

/** An errand as a runner who looks for work sees it. */
export const presentErrandListing = (errand: FoundErrand): ErrandListing => ({
  ...presentShown(errand),
  distanceMetres: errand.distanceMetres,
});

const presentShown = (errand: ErrandView | FoundErrand) => ({
  errandId: formatId('errand', errand.errandId),
  kind: errand.kind,
  state: errand.state,
  title: errand.title,
  description: errand.description,
  items: errand.items,
  currency: errand.currency,
  rewardMinor: Number(errand.terms.rewardMinor),
  goodsBudgetMinor: Number(errand.terms.goodsBudgetMinor),
  place: errand.place,
  expiresAt: errand.expiresAt,
  dueAt: errand.dueAt,
  postedAt: errand.postedAt,
  sender: presentPublicUser(errand.sender),
});
