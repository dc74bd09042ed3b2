import type { Currency } from '@errand-dash/contract';
import { after } from '../clock.ts';
import { query } from '../query.ts';
import { orThrow } from '../refusal.ts';
import { requireServer } from '../users/index.ts';
import { topUpOf } from './top-ups/top-up.store.ts';
import type { SetAsideReason } from './webhooks/webhook-delivery.rules.ts';
import { listTroubledWithdrawals } from './withdrawals/withdrawal.store.ts';

/** What of payments only a person can end, or has been silent for too long. */
export interface PaymentAlerts {
  /** Money that came and is not what was asked for. What was paid lies in suspense. */
  mismatched: {
    topUpId: string;
    reason: string | null;
    currency: Currency;
    askedMinor: bigint;
    paidCurrency: string | null;
    paidMinor: bigint | null;
    endedAt: Date | null;
  }[];
  /** Top-ups that are open for longer than the policy expects. */
  silent: { topUpId: string; state: string; createdAt: Date; checksMade: number }[];
  /** Withdrawals that say what is wrong with them, or are open for longer than the policy expects. */
  withdrawals: {
    withdrawalId: string;
    state: string;
    attention: string | null;
    currency: Currency;
    amountMinor: bigint;
    requestedAt: Date;
    attempts: number;
  }[];
  /** Webhooks that are kept and were not worked. */
  setAside: { deliveryId: string; reason: SetAsideReason; event: string | null; receivedAt: Date }[];
}

/** The newest of each kind, at most so many. For the operations port: refuses everybody else with `ROLE_MISSING`. */
export const listPaymentAlerts = query(
  'payments.alerts',
  async (db, { limit }: { limit: number }, { viewer, now, core }): Promise<PaymentAlerts> => {
    orThrow(requireServer(viewer));
    const silentSince = after(now, -core.policy.topUp.alertAfterSeconds);
    const topUps = db.selectFrom('top_ups').selectAll().orderBy('id', 'desc').limit(limit);
    const mismatched = await topUps.where('state', '=', 'mismatched').execute();
    const silent = await topUps
      .where('state', 'in', ['created', 'pending'])
      .where('created_at', '<=', silentSince)
      .execute();
    const setAside = await db
      .selectFrom('webhook_deliveries')
      .select(['id', 'reason', 'event', 'received_at'])
      .where('state', '=', 'set_aside')
      .orderBy('id', 'desc')
      .limit(limit)
      .execute();
    const openSince = after(now, -core.policy.payout.alertAfterSeconds);
    const withdrawals = await listTroubledWithdrawals(db, openSince, limit);
    return {
      mismatched: mismatched.map((row) => ({
        topUpId: row.id,
        reason: row.reason,
        currency: row.currency as Currency,
        askedMinor: row.amount_minor,
        paidCurrency: row.paid_currency,
        paidMinor: row.paid_minor,
        endedAt: row.ended_at,
      })),
      silent: silent.map(topUpOf).map(({ id, state, createdAt, checksMade }) => {
        return { topUpId: id, state, createdAt, checksMade };
      }),
      withdrawals: withdrawals.map(
        ({ id, state, attention, currency, amountMinor, requestedAt, attempts }) => {
          return { withdrawalId: id, state, attention, currency, amountMinor, requestedAt, attempts };
        },
      ),
      setAside: setAside.map((row) => ({
        deliveryId: row.id,
        reason: row.reason as SetAsideReason,
        event: row.event,
        receivedAt: row.received_at,
      })),
    };
  },
);
