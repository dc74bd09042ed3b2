import type { ErrandInput, ErrandState } from '@errand-dash/contract';
import type { Command } from '../command.ts';
import type { Core } from '../core.ts';
import { type DuePage, type DueRow, isBeyond } from '../due-row.ts';
import { query } from '../query.ts';
import { Refused } from '../refusal.ts';
import { clockEdges } from '../state-machine.ts';
import { clockCall, type Sweep, workDue } from '../sweep.ts';
import { confirmErrand } from './ending/confirm-errand.command.ts';
import { expireErrand } from './ending/expire-errand.command.ts';
import { lapseErrand } from './ending/lapse-errand.command.ts';
import { type ErrandClockEvent, type ErrandInstant, errandMachine } from './errand.machine.ts';
import type { ErrandView } from './errand-view.query.ts';
import { reopenErrand } from './run/reopen-errand.command.ts';

/**
 * Takes every edge of the errand's life that the clock takes and that is due, each by its command, up to a number
 * of errands. Answers how many it moved on. What somebody else has moved meanwhile is left alone, and one errand
 * that fails keeps none of the others waiting.
 */
export const advanceErrands: Sweep = async (core, limit, isStopping = () => false) => {
  let moved = 0;
  for (const edge of errandClockEdges) {
    if (moved >= limit || isStopping()) break;
    moved += await takeDue(core, edge, limit - moved, isStopping);
  }
  return moved;
};

interface ErrandClockEdge {
  state: ErrandState;
  event: ErrandClockEvent;
  at: ErrandInstant;
}

/** The edges that the clock takes, as the machine has them. */
export const errandClockEdges: readonly ErrandClockEdge[] = (
  Object.keys(errandMachine) as ErrandState[]
).flatMap((state) => clockEdges(errandMachine, state).map((edge) => ({ state, ...edge })));

const commands: Record<ErrandClockEvent, Command<ErrandInput, ErrandView>> = {
  expire: expireErrand,
  reopen: reopenErrand,
  lapse: lapseErrand,
  confirm: confirmErrand,
};

const columns = {
  expiresAt: 'expires_at',
  reopensAt: 'reopens_at',
  lapsesAt: 'lapses_at',
  confirmsAt: 'confirms_at',
} as const satisfies Record<ErrandInstant, string>;

async function takeDue(
  core: Core,
  edge: ErrandClockEdge,
  limit: number,
  isStopping: () => boolean,
): Promise<number> {
  const call = clockCall(`errand.${edge.event}`);
  const due = {
    list: (page: DuePage) => dueForEdge(core, call, { edge, ...page }),
    work: ({ id: errandId }: DueRow) =>
      commands[edge.event](core, call, { errandId }).then(() => 'worked' as const, passIfMoved),
  };
  return workDue(core, call.requestId, limit, due, isStopping);
}

/** Somebody else was there first. Any other refusal is a fault, since the money would wait for ever. */
function passIfMoved(error: unknown): 'passed' {
  if (error instanceof Refused && error.refusal.code === 'TRANSITION_REFUSED') return 'passed';
  throw error;
}

/** Errands on which an edge of the clock is due, the longest due first, after the one given. */
const dueForEdge = query(
  'errands.dueForEdge',
  async (db, { edge, limit, after }: { edge: ErrandClockEdge } & DuePage, { now }): Promise<DueRow[]> => {
    const column = columns[edge.at];
    const rows = await db
      .selectFrom('errands')
      .select(['id', `${column} as at`])
      .where('state', '=', edge.state)
      .where(column, '<=', now)
      .where(({ ref }) => isBeyond(ref(column), after))
      .orderBy(column)
      .orderBy('id')
      .limit(limit)
      .execute();
    return rows.flatMap(({ id, at }) => (at === null ? [] : [{ id, at }]));
  },
);
