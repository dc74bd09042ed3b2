import { type Db, findHorizon, findLastHead, firstPlace, type OrderedRow, type Place } from '@errand-dash/db';
import { after } from '../clock.ts';
import { query } from '../query.ts';
import { orThrow } from '../refusal.ts';
import { requireServer } from '../users/index.ts';
import { auditSource } from './audit/audit-source.ts';
import type { SealedSource } from './chains/sealed-source.ts';
import { ledgerSource } from './ledger/ledger-source.ts';

/** Work on rows in their order that has come no further for longer than the policy expects. */
export interface Standstill {
  work: 'ledger.seal' | 'audit.seal' | 'wallet.foldBalances';
  /** When the first row was written that waits for it. */
  since: Date;
  waitingSeconds: number;
}

/**
 * Which of sealing and folding stands still. A transaction that writes and does not end stops all of them, since its
 * rows may yet come before those that wait. For the operations port: refuses everybody else with `ROLE_MISSING`.
 */
export const listStandstills = query(
  'ledger.standstills',
  async (db, _input: Record<string, never>, { viewer, now, core }): Promise<Standstill[]> => {
    orThrow(requireServer(viewer));
    const waiting = [
      { work: 'ledger.seal', since: await firstAfterSeals(db, ledgerSource) },
      { work: 'audit.seal', since: await firstAfterSeals(db, auditSource) },
      { work: 'wallet.foldBalances', since: await firstAfter(db, ledgerSource, await findHorizon(db)) },
    ] as const;
    const expected = after(now, -core.policy.standstillAfterSeconds);
    return waiting.flatMap(({ work, since }) => {
      if (since === null || since > expected) return [];
      return [{ work, since, waitingSeconds: Math.floor((now.getTime() - since.getTime()) / 1000) }];
    });
  },
);

async function firstAfterSeals<Row extends OrderedRow>(
  db: Db,
  source: SealedSource<Row>,
): Promise<Date | null> {
  const last = await findLastHead(db, source.chain);
  return firstAfter(db, source, last?.end ?? firstPlace);
}

/** When the first row after a place was written; null where there is none. */
async function firstAfter<Row extends OrderedRow>(
  db: Db,
  source: SealedSource<Row>,
  place: Place,
): Promise<Date | null> {
  const [row] = await source.read(db, { after: place, upTo: 'newest', limit: 1 });
  return row === undefined ? null : source.writtenAt(row);
}
