import type { ErrandAction, ExactPlace } from '@errand-dash/contract';
import { errandActions } from '@errand-dash/contract';
import type { Db } from '@errand-dash/db';
import type { OwnDataKey, Viewer } from '../claim.ts';
import type { Core } from '../core.ts';
import type { SealingKey } from '../sealing.ts';
import { allowedNow, nextDeadline } from '../state-machine.ts';
import { findPublicUsers, findPublicUsersWithKeys, type PublicUser } from '../users/index.ts';
import { cancellationOf } from './ending/ending.rules.ts';
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
  /** What cancelling costs now, and until when nothing. Both are absent for who may not cancel. */
  cancellationCostMinor?: bigint;
  cancellationFreeUntil?: Date | null;
  nextDeadline: { at: Date; event: ErrandEvent } | null;
}

interface ViewContext extends Pick<OwnDataKey, 'findDataKey'> {
  viewer: Viewer;
  now: Date;
  core: Core;
}

/** One errand as the viewer sees it. What the caller has sealed himself just now is given and not opened again. */
export async function viewErrand(
  db: Db,
  context: ViewContext,
  errand: Errand,
  given: { deliverTo?: ExactPlace } = {},
): Promise<ErrandView> {
  const [view] = await viewErrands(db, context, [errand], given);
  if (view === undefined) throw new Error('an errand has no view');
  return view;
}

/** Errands as the viewer sees them, in the same order. */
export async function viewErrands(
  db: Db,
  context: ViewContext,
  errands: readonly Errand[],
  given: { deliverTo?: ExactPlace } = {},
): Promise<ErrandView[]> {
  const ids = errands.flatMap(({ senderId, runnerId }) =>
    runnerId === null ? [senderId] : [senderId, runnerId],
  );
  const { people, keys } = await findParties(db, context, ids);
  return errands.map((errand) => view(errand, context, { people, keys }, given));
}

interface Parties {
  people: Map<string, PublicUser>;
  /** With which the viewer may read what these people sealed. */
  keys: Map<string, SealingKey>;
}

/** Of the viewer both were looked up with the call. */
async function findParties(
  db: Db,
  { viewer, core, findDataKey }: ViewContext,
  ids: readonly string[],
): Promise<Parties> {
  if (viewer.kind !== 'user') return { people: await findPublicUsers(db, ids), keys: new Map() };
  const { userId, handle, displayName } = viewer;
  const others = ids.filter((id) => id !== userId);
  const found = await findPublicUsersWithKeys(db, core, others);
  found.set(userId, { person: { userId, handle, displayName }, dataKey: findDataKey() });
  const parties: Parties = { people: new Map(), keys: new Map() };
  for (const [id, { person, dataKey }] of found) {
    parties.people.set(id, person);
    if (dataKey !== null) parties.keys.set(id, dataKey);
  }
  return parties;
}

function view(
  errand: Errand,
  { viewer, now }: ViewContext,
  { people, keys }: Parties,
  given: { deliverTo?: ExactPlace },
): ErrandView {
  const { deliverToSealed, receiptSealed, ...shown } = errand;
  const sender = people.get(errand.senderId);
  if (sender === undefined) throw new Error('the sender of an errand is nobody');
  const party = viewer.kind === 'user' ? partyIn(errand, viewer.userId) : null;
  const allowed: readonly string[] = party === null ? [] : allowedNow(errandMachine, errand, [party], now);
  return {
    ...shown,
    sender,
    runner: errand.runnerId === null ? null : (people.get(errand.runnerId) ?? null),
    ...(party === null ? {} : given.deliverTo === undefined ? openDeliverTo(errand, keys) : given),
    ...(party === null ? {} : openReceipt(errand, keys)),
    allowedActions: errandActions.filter((action) => allowed.includes(action)),
    ...(allowed.includes('cancel') ? shownCancellation(errand, now) : {}),
    nextDeadline: nextDeadline(errandMachine, errand),
  };
}

function shownCancellation(errand: Errand, now: Date) {
  const { costMinor, freeUntil } = cancellationOf(errand, now);
  return { cancellationCostMinor: costMinor, cancellationFreeUntil: freeUntil };
}
