import { type TrialBalanceLine, trialBalanceAt } from '@errand-dash/db';
import { query } from '../query.ts';
import { orThrow, refuse } from '../refusal.ts';

/** What lay in each kind of account, a line for each of a currency. */
export type TrialBalanceAt = TrialBalanceLine[];

/**
 * What lay in each kind of account at an instant; the lines of one currency sum to zero. What "at an instant" means is
 * said at `readBalancesAt`. For the operations port and the machines: refuses people with `ROLE_MISSING`.
 */
export const getTrialBalanceAt = query(
  'wallet.trialBalanceAt',
  async (db, { at }: { at: Date }, { viewer }): Promise<TrialBalanceAt> => {
    if (viewer.kind === 'user') orThrow(refuse('ROLE_MISSING', { role: 'admin' }));
    return trialBalanceAt(db, at);
  },
);
