import type { Database, Db, Tx } from '@errand-dash/db';
import { type Selectable, sql } from 'kysely';
import { type DuePage, type DueRow, isBeyond } from '../../../due-row.ts';
import { PROVIDER } from '../../provider.ts';
import type { DriftState } from './drift.machine.ts';
import type { Drift, DriftObjects, Finding } from './drift.ts';
import type { DriftKind, DriftRepair, OrdinaryCommand } from './drift-kinds.ts';

/** Who closed a drift that a later reading found gone. */
export const CLOSED_BY_READING = 'reconcile';

/** Writes what was found and is not written yet. Answers how many that were. */
export async function insertFindings(
  tx: Tx,
  findings: readonly Finding[],
  { runId, now, newId }: { runId: string; now: Date; newId: () => string },
): Promise<number> {
  if (findings.length === 0) return 0;
  const values = findings.map((finding) => ({
    id: newId(),
    provider: PROVIDER,
    run_id: runId,
    kind: finding.kind,
    state: 'open' as const,
    subject: finding.subject,
    currency: finding.money?.currency ?? null,
    amount_minor: finding.money?.amountMinor ?? null,
    objects: JSON.stringify(finding.objects),
    cause: finding.cause,
    repair: finding.command === null ? 'operator' : 'ordinary_command',
    command: finding.command,
    found_at: now,
    next_attempt_at: finding.command === null ? null : now,
    attempts: 0,
    closed_at: null,
    closed_by: null,
  }));
  const written = await tx
    .insertInto('drifts')
    .values(values)
    .onConflict((conflict) =>
      conflict
        .columns(['provider', 'subject', 'kind', 'currency', 'amount_minor'])
        .where(sql<boolean>`state = 'open'`)
        .doNothing(),
    )
    .returning('id')
    .execute();
  return written.length;
}

/** What was compared once more, and in which respects. */
export interface Compared {
  /** Null: everything that can be found in these respects. */
  subjects: readonly string[] | null;
  kinds: readonly DriftKind[];
  /** The rules of our own books that were left out. */
  uncheckedInvariants?: readonly string[];
  /** What is found of it now. */
  findings: readonly Finding[];
  now: Date;
}

/** Closes the open drifts that were looked for and not found any more. */
export async function closeAgreed(tx: Tx, compared: Compared): Promise<void> {
  const { subjects, kinds, uncheckedInvariants = [], findings, now } = compared;
  if (subjects?.length === 0) return;
  let select = tx
    .selectFrom('drifts')
    .select(['id', 'kind', 'subject', 'currency', 'amount_minor', 'command', 'objects'])
    .where('provider', '=', PROVIDER)
    .where('state', '=', 'open')
    .where('kind', 'in', kinds);
  if (subjects !== null) select = select.where('subject', 'in', subjects);
  const open = await select.forUpdate().execute();
  const found = new Set(findings.map((finding) => nameOf(finding.kind, finding.subject, finding.money)));
  for (const row of open) {
    const { invariant } = row.objects as DriftObjects;
    if (invariant !== undefined && uncheckedInvariants.includes(invariant)) continue;
    const { currency, amount_minor: amountMinor } = row;
    const money = currency === null || amountMinor === null ? null : { currency, amountMinor };
    if (found.has(nameOf(row.kind, row.subject, money))) continue;
    await closeDrift(tx, row.id, { now, closedBy: row.command ?? CLOSED_BY_READING });
  }
}

const nameOf = (kind: string, subject: string, money: Finding['money']): string =>
  `${kind} ${subject} ${money === null ? '' : `${money.currency} ${money.amountMinor}`}`;

/** Closes an open drift. A closed one stays as it is. */
export async function closeDrift(
  tx: Tx,
  id: string,
  { now, closedBy }: { now: Date; closedBy: string },
): Promise<void> {
  await tx
    .updateTable('drifts')
    .set({ state: 'closed', next_attempt_at: null, closed_at: now, closed_by: closedBy })
    .where('id', '=', id)
    .where('state', '=', 'open')
    .execute();
}

/** The drifts whose ordinary command is to be tried now, the longest due first. */
export async function dueForClosing(db: Db, now: Date, { limit, after }: DuePage): Promise<DueRow[]> {
  const rows = await db
    .selectFrom('drifts')
    .select(['id', 'next_attempt_at as at'])
    .where('next_attempt_at', '<=', now)
    .where(({ ref }) => isBeyond(ref('next_attempt_at'), after))
    .orderBy('next_attempt_at')
    .orderBy('id')
    .limit(limit)
    .execute();
  return rows.flatMap(({ id, at }) => (at === null ? [] : [{ id, at }]));
}

/** Takes a drift for one try until then, or answers null where somebody else has it. */
export async function leaseDrift(tx: Tx, id: string, now: Date, until: Date): Promise<Drift | null> {
  const row = await tx
    .updateTable('drifts')
    .set((update) => ({ next_attempt_at: until, attempts: update('attempts', '+', 1) }))
    .where('id', '=', id)
    .where('state', '=', 'open')
    .where('next_attempt_at', '<=', now)
    .returningAll()
    .executeTakeFirst();
  return row === undefined ? null : driftOf(row);
}

/** Sets when a drift is tried next, unless it was taken again since or is closed. */
export async function postponeDrift(tx: Tx, drift: Drift, nextAttemptAt: Date): Promise<void> {
  await tx
    .updateTable('drifts')
    .set({ next_attempt_at: nextAttemptAt })
    .where('id', '=', drift.id)
    .where('state', '=', 'open')
    .where('attempts', '=', drift.attempts)
    .execute();
}

/** The drifts that are open, the newest first. */
export async function listOpen(db: Db, limit: number): Promise<Drift[]> {
  const rows = await db
    .selectFrom('drifts')
    .selectAll()
    .where('state', '=', 'open')
    .orderBy('id', 'desc')
    .limit(limit)
    .execute();
  return rows.map(driftOf);
}

/** The drifts that were open at some time of a span, in the order in which they were found. */
export async function listDriftsOf(db: Db, span: { from: Date; to: Date }): Promise<Drift[]> {
  const rows = await db
    .selectFrom('drifts')
    .selectAll()
    .where('found_at', '<', span.to)
    .where((drift) => drift.or([drift('closed_at', 'is', null), drift('closed_at', '>=', span.from)]))
    .orderBy('found_at')
    .orderBy('id')
    .execute();
  return rows.map(driftOf);
}

function driftOf(row: Selectable<Database['drifts']>): Drift {
  const { currency, amount_minor: amountMinor } = row;
  const kind = row.kind as DriftKind;
  return {
    id: row.id,
    runId: row.run_id,
    kind,
    state: row.state as DriftState,
    subject: row.subject,
    money: currency === null || amountMinor === null ? null : { currency, amountMinor },
    objects: row.objects as DriftObjects,
    cause: row.cause,
    repair: row.repair as DriftRepair,
    command: row.command as OrdinaryCommand | null,
    foundAt: row.found_at,
    attempts: row.attempts,
    nextAttemptAt: row.next_attempt_at,
    closedAt: row.closed_at,
    closedBy: row.closed_by,
  };
}
