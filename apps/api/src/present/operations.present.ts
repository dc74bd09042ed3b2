import { formatId } from '@errand-dash/contract';
import type { PaymentAlerts, PlatformBook, TrialBalanceAt } from '@errand-dash/core';

/** The platform's book for operators: amounts in minor units, beyond 2^53 − 1 as texts, and whether everything agrees. */
export function presentPlatformBook({ lines, violations }: PlatformBook) {
  return {
    isSound: violations.length === 0 && lines.every((line) => line.totalMinor === line.recomputedMinor),
    lines: lines.map(({ currency, purpose, totalMinor, recomputedMinor }) => ({
      currency,
      purpose,
      totalMinor: exactAmount(totalMinor),
      recomputedMinor: exactAmount(recomputedMinor),
    })),
    violations: violations.map(({ invariant, row }) => ({ invariant, row: plainRow(row) })),
  };
}

/** What lay where at an instant, for operators: amounts in minor units, beyond 2^53 − 1 as texts, and whether each currency adds up to zero. */
export function presentTrialBalance(at: Date, lines: TrialBalanceAt) {
  const sums = new Map<string, bigint>();
  for (const { currency, totalMinor } of lines) sums.set(currency, (sums.get(currency) ?? 0n) + totalMinor);
  return {
    at,
    isSound: [...sums.values()].every((sum) => sum === 0n),
    lines: lines.map((line) => ({ ...line, totalMinor: exactAmount(line.totalMinor) })),
  };
}

/** What of payments waits for a person, or has been silent for too long. Instants become ISO 8601 in JSON. */
export function presentPaymentAlerts({ mismatched, silent, withdrawals, setAside }: PaymentAlerts) {
  return {
    mismatched: mismatched.map((alert) => ({
      ...alert,
      topUpId: formatId('topUp', alert.topUpId),
      askedMinor: exactAmount(alert.askedMinor),
      paidMinor: alert.paidMinor === null ? null : exactAmount(alert.paidMinor),
    })),
    silent: silent.map((alert) => ({ ...alert, topUpId: formatId('topUp', alert.topUpId) })),
    withdrawals: withdrawals.map((alert) => ({
      ...alert,
      withdrawalId: formatId('withdrawal', alert.withdrawalId),
      amountMinor: exactAmount(alert.amountMinor),
    })),
    setAside: setAside.map((alert) => ({
      ...alert,
      deliveryId: formatId('webhookDelivery', alert.deliveryId),
    })),
  };
}

/** What has no exact JSON number, as a sum beyond 2^53 − 1, is told as a text of its digits. */
function exactAmount(amountMinor: bigint): number | string {
  const value = Number(amountMinor);
  return Number.isSafeInteger(value) ? value : String(amountMinor);
}

const plainRow = (row: Record<string, unknown>): Record<string, string> =>
  Object.fromEntries(Object.entries(row).map(([name, value]) => [name, String(value)]));
