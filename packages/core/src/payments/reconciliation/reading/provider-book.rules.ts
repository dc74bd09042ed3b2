import type { BalanceLedgerRow, PaystackTransaction, PaystackTransfer } from '@errand-dash/paystack';
import { amountText, bookRowSubject, distance } from '../comparing/comparison.rules.ts';
import type { Finding } from '../drifts/drift.ts';

/** A payment or a transfer as the provider lists it. Who paid and who is paid goes no further than the client. */
export interface ReadObject {
  kind: 'transaction' | 'transfer';
  objectId: string;
  reference: string;
  status: string;
  currency: string;
  amountMinor: bigint;
  feeMinor: bigint | null;
  createdAt: Date | null;
}

/** A row of the provider's balance ledger. Its reason may quote a person and is left out. */
export interface ReadRow {
  rowId: string;
  currency: string;
  differenceMinor: bigint;
  balanceMinor: bigint;
  /** `transaction`, `transfer`, `refund`. */
  model: string;
  modelRow: string;
  createdAt: Date;
}

export function objectOfTransaction(listed: PaystackTransaction): ReadObject {
  const { id: objectId, reference, status, currency, amountMinor, feesMinor, createdAt } = listed;
  return {
    kind: 'transaction',
    objectId,
    reference,
    status,
    currency,
    amountMinor,
    feeMinor: feesMinor,
    createdAt,
  };
}

export function objectOfTransfer(listed: PaystackTransfer): ReadObject {
  const { id: objectId, reference, status, currency, amountMinor, feeChargedMinor, createdAt } = listed;
  return {
    kind: 'transfer',
    objectId,
    reference,
    status,
    currency,
    amountMinor,
    feeMinor: feeChargedMinor,
    createdAt,
  };
}

export function rowOfLedger(listed: BalanceLedgerRow): ReadRow {
  const {
    id: rowId,
    currency,
    differenceMinor,
    balanceMinor,
    modelResponsible,
    modelRow,
    createdAt,
  } = listed;
  const model = modelResponsible.toLowerCase();
  return { rowId, currency, differenceMinor, balanceMinor, model, modelRow, createdAt };
}

/** That a row says something else than when it was first read, or null. The first reading stays what we go by. */
export function findRowChange(stored: ReadRow, read: ReadRow): Finding | null {
  const isSame =
    stored.currency === read.currency &&
    stored.differenceMinor === read.differenceMinor &&
    stored.balanceMinor === read.balanceMinor &&
    stored.model === read.model &&
    stored.modelRow === read.modelRow;
  if (isSame) return null;
  const isSameCurrency = stored.currency === read.currency;
  const byMinor = isSameCurrency
    ? distance(read.differenceMinor, stored.differenceMinor)
    : distance(read.differenceMinor, 0n);
  return {
    kind: 'book_row_changed',
    subject: bookRowSubject(read.rowId),
    money: { amountMinor: byMinor, currency: read.currency },
    objects: { providerObject: `${read.model}/${read.modelRow}`, bookRowIds: [read.rowId] },
    cause: `A row of the provider’s ledger said ${sayRow(stored)} and says ${sayRow(read)} now.`,
    command: null,
  };
}

function sayRow({ differenceMinor, balanceMinor, currency, model, modelRow }: ReadRow): string {
  const moved = amountText(differenceMinor, currency);
  return `${moved} for ${model}/${modelRow}, leaving ${amountText(balanceMinor, currency)},`;
}
