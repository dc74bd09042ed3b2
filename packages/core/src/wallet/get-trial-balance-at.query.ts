import { type TrialBalanceLine, trialBalanceAt } from '@errand-dash/db';
import { query } from '../query.ts';
import { orThrow } from '../refusal.ts';
import { requireServer } from '../users/index.ts';

/** What lay in each kind of account, a line for each of a currency. */
export type TrialBalanceAt = TrialBalanceLine[];

/**
 * What lay in each kind of account at an instant; the lines of one currency sum to zero. What "at an instant" means is
 * said at `readBalancesAt`. For who works on the server: refuses everybody else with `ROLE_MISSING`.
 */
export const getTrialBalanceAt = query(
  'wallet.trialBalanceAt',
  async (db, { at }: { at: Date }, { viewer }): Promise<TrialBalanceAt> => {
    orThrow(requireServer(viewer));
    return trialBalanceAt(db, at);
  },
);
