import { query } from '../../../query.ts';
import { clockCall, type RowOutcome, type Sweep, workDue } from '../../../sweep.ts';
import { providerCall } from '../../provider-call.ts';
import { settleBookRow } from './settle-book-row.command.ts';
import { bookRowReference } from './settlement.rules.ts';
import { dueForSettling } from './settlement.store.ts';

/**
 * Lets our float follow the rows of the provider's ledger by which takings came into its balance. A row whose payment
 * is not booked with us yet waits for it; one that belongs to nothing of ours is never followed.
 */
export const settleBookRows: Sweep = (core, limit, isStopping) => {
  const list = (page: Page) => listDue(core, call, page);
  const work = async (rowId: string): Promise<RowOutcome> =>
    (await settleBookRow(core, providerCall(bookRowReference(rowId)), { rowId })) ? 'worked' : 'passed';
  return workDue(core, call.requestId, limit, { list, work }, isStopping);
};

const call = clockCall('topup.settleTakings');

interface Page {
  limit: number;
  after: string | null;
}

const listDue = query('topup.dueForSettling', (db, page: Page) => dueForSettling(db, page));
