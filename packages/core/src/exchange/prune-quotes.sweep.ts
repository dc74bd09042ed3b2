import { after } from '../clock.ts';
import { command } from '../command.ts';
import { clockCall, type Sweep } from '../sweep.ts';
import { deleteUnusedQuotes } from './exchange-quote.store.ts';

/** Forgets quotes that nobody accepted. Those by which money was exchanged are kept for ever. */
export const pruneQuotes: Sweep = (core, limit) =>
  deletePast(core, clockCall('exchange_quotes.prune'), { limit });

const deletePast = command(
  'exchange_quotes.prune',
  async (tx, { limit }: { limit: number }, { now, policy }) => {
    const count = await deleteUnusedQuotes(tx, after(now, -policy.exchange.quoteKeptSeconds), limit);
    return { result: count, isIdle: count === 0 };
  },
);
