import type { DriftObjects, Finding } from '../drifts/drift.ts';
import { amountText, bookRowSubject, distance } from './comparison.rules.ts';

/** Something that the provider confirmed to us and does not list. */
export interface AbsentObject {
  /** `transaction/4300000001` */
  subject: string;
  kind: 'transaction' | 'transfer';
  ourId: string;
  reference: string;
  amountMinor: bigint;
  currency: string;
}

export function absentFinding(absent: AbsentObject): Finding {
  const { subject, kind, ourId, reference, amountMinor, currency } = absent;
  const ours: DriftObjects = kind === 'transaction' ? { topUpId: ourId } : { withdrawalId: ourId };
  return {
    kind: 'provider_object_missing',
    subject,
    money: { amountMinor, currency },
    objects: { ...ours, providerObject: subject, providerReference: reference },
    cause: `The provider confirmed ${amountText(amountMinor, currency)} to us and does not list it any more.`,
    command: null,
  };
}

/** A row of the provider's ledger beside the one before it. */
export interface ChainedRow {
  rowId: string;
  currency: string;
  differenceMinor: bigint;
  balanceMinor: bigint;
  /** Null where no earlier row was ever read. */
  balanceBeforeMinor: bigint | null;
}

/** That the balance after a row is not the one before it and what the row says, or null. */
export function chainFinding(row: ChainedRow): Finding | null {
  const { rowId, currency, differenceMinor, balanceMinor, balanceBeforeMinor } = row;
  if (balanceBeforeMinor === null || balanceBeforeMinor + differenceMinor === balanceMinor) return null;
  const expectedMinor = balanceBeforeMinor + differenceMinor;
  return {
    kind: 'running_balance_differs',
    subject: bookRowSubject(rowId),
    money: { amountMinor: distance(expectedMinor, balanceMinor), currency },
    objects: { bookRowIds: [rowId] },
    cause: `After this row the provider’s ledger has ${amountText(balanceMinor, currency)}; the row before it and this one make ${amountText(expectedMinor, currency)}.`,
    command: null,
  };
}

/** What the provider's balance began with, beside what corrections brought into our float. */
export interface Opening {
  currency: string;
  openingMinor: bigint;
  correctionsMinor: bigint;
}

/** That our float lacks what the provider's balance began with, or has what it did not, or null. */
export function openingFinding({ currency, openingMinor, correctionsMinor }: Opening): Finding | null {
  if (openingMinor === correctionsMinor) return null;
  return {
    kind: 'float_differs',
    subject: `float/${currency}`,
    money: { amountMinor: distance(openingMinor, correctionsMinor), currency },
    objects: {},
    cause: `The provider’s balance was ${amountText(openingMinor, currency)} before the first row that was read; corrections of our float make ${amountText(correctionsMinor, currency)}.`,
    command: null,
  };
}

/** A row of ours that breaks one of our own rules. `hash` tells it from the others that break the same. */
export const invariantFinding = (invariant: string, row: Record<string, string>, hash: string): Finding => ({
  kind: 'invariant_broken',
  subject: `invariant/${invariant}/${hash}`,
  money: null,
  objects: { invariant, row },
  cause: `Our own books break the rule ${invariant}.`,
  command: null,
});
