import type { ErrandAction, ExactPlace } from '@errand-dash/contract';
import { errandActions } from '@errand-dash/contract';
import type { Db } from '@errand-dash/db';
import type { OwnDataKey, Viewer } from '../claim.ts';
import type { Core } from '../core.ts';
import { findDataKeys } from '../find-data-keys.ts';
import type { SealingKey } from '../sealing.ts';
import { allowedNow, nextDeadline } from '../state-machine.ts';
import { findPublicUsers, type PublicUser } from '../users/index.ts';
import { type ErrandEvent, errandMachine } from './errand.machine.ts';
import { type Errand, partyIn } from './errand.rules.ts';
import { openDeliverTo, openReceipt } from './sealed-errand.ts';

/** An errand as one of its parties sees it. */
export interface ErrandView extends Omit<Errand, 'deliverToSealed' | 'receiptSealed'> {
  sender: PublicUser;
  runner: PublicUser | null;
  /** Absent for who is no party. */
  deliverTo?: ExactPlace;
  /** Absent before the runner has completed, and for who is no party. */
  receipt?: string;
  allowedActions: ErrandAction[];
  nextDeadline: { at: Date; event: ErrandEvent } | null;
}

interface ViewContext extends Pick<OwnDataKey, 'findDataKey'> {
  viewer: Viewer;
  now: Date;
  core: Core;
}

/** One errand as the viewer sees it. */
export async function viewErrand(db: Db, context: ViewContext, errand: Errand): Promise<ErrandView> {
  const [view] = await viewErrands(db, context, [errand]);
  if (view === undefined) throw new Error('an errand has no view');
  return view;
}

/** Errands as the viewer sees them, in the same order. */
export async function viewErrands(
  db: Db,
  context: ViewContext,
  errands: readonly Errand[],
): Promise<ErrandView[]> {
  const ids = errands.flatMap(({ senderId, runnerId }) =>
    runnerId === null ? [senderId] : [senderId, runnerId],
  );
  const [people, keys] = await Promise.all([findPeople(db, context, ids), findKeys(db, context, ids)]);
  return errands.map((errand) => view(errand, context, people, keys));
}

/** Who the viewer is was looked up with the call. */
async function findPeople(
  db: Db,
  { viewer }: ViewContext,
  ids: readonly string[],
): Promise<Map<string, PublicUser>> {
  if (viewer.kind !== 'user') return findPublicUsers(db, ids);
  const { userId, handle, displayName } = viewer;
  const others = await findPublicUsers(
    db,
    ids.filter((id) => id !== userId),
  );
  return others.set(userId, { userId, handle, displayName });
}

/** Those with which the viewer may read what these people sealed. His own was looked up with the call. */
async function findKeys(
  db: Db,
  { viewer, core, findDataKey }: ViewContext,
  ids: readonly string[],
): Promise<Map<string, SealingKey>> {
  if (viewer.kind !== 'user') return new Map();
  const { userId } = viewer;
  const others = await findDataKeys(
    db,
    core,
    ids.filter((id) => id !== userId),
  );
  const own = ids.includes(userId) ? findDataKey() : null;
  return own === null ? others : others.set(userId, own);
}

function view(
  errand: Errand,
  { viewer, now }: ViewContext,
  people: ReadonlyMap<string, PublicUser>,
  keys: ReadonlyMap<string, SealingKey>,
): ErrandView {
  const { deliverToSealed, receiptSealed, ...shown } = errand;
  const sender = people.get(errand.senderId);
  if (sender === undefined) throw new Error('the sender of an errand is nobody');
  const party = viewer.kind === 'user' ? partyIn(errand, viewer.userId) : null;
  const allowed: string[] = party === null ? [] : allowedNow(errandMachine, errand, [party], now);
  return {
    ...shown,
    sender,
    runner: errand.runnerId === null ? null : (people.get(errand.runnerId) ?? null),
    ...(party === null ? {} : { ...openDeliverTo(errand, keys), ...openReceipt(errand, keys) }),
    allowedActions: errandActions.filter((action) => allowed.includes(action)),
    nextDeadline: nextDeadline(errandMachine, errand),
  };
}
