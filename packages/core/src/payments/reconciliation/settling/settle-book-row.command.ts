import { command } from '../../../command.ts';
import { postOrThrow } from '../../../ledger.ts';
import { takingsMovement } from './settlement.rules.ts';
import { lockTakings, markPosted } from './settlement.store.ts';

/**
 * Posts what a row of the provider's ledger brought into its balance, once: by the row under the top-up's lock, and by
 * the unique provider reference of the posting besides. Answers whether it did.
 */
export const settleBookRow = command(
  'topup.settleTakings',
  async (tx, { rowId }: { rowId: string }, context) => {
    const takings = await lockTakings(tx, rowId);
    if (takings === null) return { result: false };
    await postOrThrow(tx, context, takingsMovement(takings));
    await markPosted(tx, rowId, context.now);
    return { result: true };
  },
);
