import { formatId } from '@errand-dash/contract';
import type { PaymentAlerts, PlatformBook, TrialBalanceAt } from '@errand-dash/core';

/** The platform's book for operators: amounts in minor units, and whether everything agrees. */
export function presentPlatformBook({ lines, violations }: PlatformBook) {
  return {
    isSound: violations.length === 0 && lines.every((line) => line.totalMinor === line.recomputedMinor),
    lines: lines.map(({ currency, purpose, totalMinor, recomputedMinor }) => ({
      currency,
      purpose,
      totalMinor: exactNumber(totalMinor),
      recomputedMinor: exactNumber(recomputedMinor),
    })),
    violations: violations.map(({ invariant, row }) => ({ invariant, row: plainRow(row) })),
  };
}

/** What lay where at an instant, for operators: amounts in minor units, and whether each currency adds up to zero. */
export function presentTrialBalance(at: Date, lines: TrialBalanceAt) {
  const sums = new Map<string, bigint>();
  for (const { currency, totalMinor } of lines) sums.set(currency, (sums.get(currency) ?? 0n) + totalMinor);
  return {
    at,
    isSound: [...sums.values()].every((sum) => sum === 0n),
    lines: lines.map((line) => ({ ...line, totalMinor: exactNumber(line.totalMinor) })),
  };
}

/** What of payments waits for a person, or has been silent for too long. Instants become ISO 8601 in JSON. */
export function presentPaymentAlerts({ mismatched, silent, withdrawals, setAside }: PaymentAlerts) {
  return {
    mismatched: mismatched.map((alert) => ({
      ...alert,
      topUpId: formatId('topUp', alert.topUpId),
      amountMinor: exactNumber(alert.amountMinor),
    })),
    silent: silent.map((alert) => ({ ...alert, topUpId: formatId('topUp', alert.topUpId) })),
    withdrawals: withdrawals.map((alert) => ({
      ...alert,
      withdrawalId: formatId('withdrawal', alert.withdrawalId),
      amountMinor: exactNumber(alert.amountMinor),
    })),
    setAside: setAside.map((alert) => ({
      ...alert,
      deliveryId: formatId('webhookDelivery', alert.deliveryId),
    })),
  };
}

function exactNumber(amountMinor: bigint): number {
  const value = Number(amountMinor);
  if (!Number.isSafeInteger(value)) throw new RangeError('an amount beyond 2^53 has no exact JSON number');
  return value;
}

const plainRow = (row: Record<string, unknown>): Record<string, string> =>
  Object.fromEntries(Object.entries(row).map(([name, value]) => [name, String(value)]));
