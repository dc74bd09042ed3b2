import { foldBalances as fold } from '@errand-dash/db';
import { command } from '../command.ts';
import { clockCall, type Sweep } from '../sweep.ts';

/** The database sums them, so that a turn takes many more than the rows that other sweeps work one by one. */
const TRANSFERS_PER_ROW = 1000;

/**
 * Moves the checkpoints of the accounts on that nothing guards, so that reading their balance costs what was posted
 * since. Answers how many transfers it took.
 */
export const foldBalances: Sweep = (core, limit) =>
  foldSome(core, clockCall('wallet.foldBalances'), { limit });

const foldSome = command('wallet.foldBalances', async (tx, { limit }: { limit: number }) => ({
  result: await fold(tx, limit * TRANSFERS_PER_ROW),
  // Nothing has happened: the balances are what they were.
  isIdle: true,
}));
