import { currencyCodes } from '@errand-dash/contract';
import { sql } from 'kysely';
import { auditedQuery } from '../audit/index.ts';
import { orThrow } from '../refusal.ts';
import { requireServer } from '../users/index.ts';
import { isWorthShowing, type WalletBalance } from './wallet-balance.rules.ts';

/**
 * What a person has, in every currency that is open or in which there is something, as all transfers from the first one add up, whatever balances are stored. For
 * who works on the server: refuses everybody else with `ROLE_MISSING`.
 */
export const recomputeBalances = auditedQuery(
  'wallet.recomputeBalances',
  async (db, { userId }: { userId: string }, { viewer, core, audit }): Promise<WalletBalance[]> => {
    audit({ subjects: [{ type: 'user', id: userId }] });
    orThrow(requireServer(viewer));
    const { rows } = await recomputation(userId).execute(db);
    const total = (currency: string, purpose: string) =>
      BigInt(rows.find((row) => row.currency === currency && row.purpose === purpose)?.total_minor ?? 0);
    return currencyCodes
      .map((currency) => ({
        currency,
        availableMinor: total(currency, 'available'),
        frozenMinor: total(currency, 'frozen'),
        heldMinor: total(currency, 'held'),
        onTheWayMinor: total(currency, 'payout'),
      }))
      .filter((balance) => isWorthShowing(balance, core.policy));
  },
);

const recomputation = (userId: string) => sql<{ currency: string; purpose: string; total_minor: string }>`
  with own as (
    select id, purpose, currency from accounts
      where purpose in ('available', 'frozen') and owner_id = ${userId}
        or purpose = 'held' and owner_id in (select id::text from escrows where payer_id = ${userId}::uuid)
        or purpose = 'payout' and owner_id in (select id::text from withdrawals where user_id = ${userId}::uuid)
  ), line as (
    select debit_account_id as account_id, -amount_minor as change_minor from transfers
    union all
    select credit_account_id, amount_minor from transfers
  )
  select own.currency, purpose, sum(change_minor)::text as total_minor
    from own join line on account_id = own.id
    group by own.currency, purpose`;
