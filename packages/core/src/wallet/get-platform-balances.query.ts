import { type AccountPurpose, type InvariantViolation, trialBalance } from '@errand-dash/db';
import { sql } from 'kysely';
import { checkAllInvariants } from '../invariants.ts';
import { query } from '../query.ts';
import { orThrow } from '../refusal.ts';
import { requireServer } from '../users/index.ts';

/** What lies in the accounts of one kind, in minor units, as it is read and as all transfers ever made add up to. */
export interface PlatformBalance {
  currency: string;
  purpose: AccountPurpose;
  totalMinor: bigint;
  recomputedMinor: bigint;
}

export interface PlatformBook {
  lines: PlatformBalance[];
  /** What offends an invariant: of single accounts, escrows, errands, payments. Empty is how it must be. */
  violations: InvariantViolation[];
}

/**
 * The whole book by currency and purpose, of one instant, each line beside its recomputation from the first
 * transfer. For who works on the server: refuses everybody else with `ROLE_MISSING`.
 */
export const getPlatformBalances = query(
  'wallet.platformBalances',
  async (db, _input: Record<string, never>, { viewer }): Promise<PlatformBook> => {
    orThrow(requireServer(viewer));
    // Of one snapshot, so that what is posted meanwhile is in all of the figures or in none.
    return db
      .transaction()
      .setIsolationLevel('repeatable read')
      .setAccessMode('read only')
      .execute(async (snapshot) => {
        const lines = await trialBalance(snapshot);
        const { rows } = await recomputation.execute(snapshot);
        const recomputed = new Map(
          rows.map((row) => [`${row.currency} ${row.purpose}`, BigInt(row.total_minor)]),
        );
        return {
          lines: lines.map((line) => ({
            ...line,
            recomputedMinor: recomputed.get(`${line.currency} ${line.purpose}`) ?? 0n,
          })),
          violations: await checkAllInvariants(snapshot),
        };
      });
  },
);

const recomputation = sql<{ currency: string; purpose: AccountPurpose; total_minor: string }>`
  select accounts.currency, purpose, sum(change_minor)::text as total_minor
    from (
      select debit_account_id as account_id, -amount_minor as change_minor from transfers
      union all
      select credit_account_id, amount_minor from transfers
    ) line
    join accounts on accounts.id = account_id
    group by accounts.currency, purpose`;
