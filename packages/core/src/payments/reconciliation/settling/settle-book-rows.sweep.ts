import { query } from '../../../query.ts';
import { clockCall, type RowOutcome, type Sweep, workEach } from '../../../sweep.ts';
import { providerCall } from '../../provider-call.ts';
import { settleBookRow } from './settle-book-row.command.ts';
import { bookRowReference } from './settlement.rules.ts';
import { dueForSettling } from './settlement.store.ts';

/**
 * Lets our float follow the rows of the provider's ledger by which takings came into its balance. A row whose payment
 * is not booked with us yet waits for it; one that belongs to nothing of ours is never followed.
 */
export const settleBookRows: Sweep = async (core, limit, isStopping) => {
  const due = await listDue(core, call, { limit });
  const settle = async (rowId: string): Promise<RowOutcome> =>
    (await settleBookRow(core, providerCall(bookRowReference(rowId)), { rowId })) ? 'worked' : 'passed';
  return workEach(core, call.requestId, due, settle, isStopping);
};

const call = clockCall('topup.settleTakings');

const listDue = query('topup.dueForSettling', (db, { limit }: { limit: number }) =>
  dueForSettling(db, limit),
);
