import { after } from '../../../clock.ts';
import { providerReferenceOf, type TopUp, type TopUpPayment } from '../../top-ups/top-up.rules.ts';
import type { DriftObjects, Finding } from '../drifts/drift.ts';
import {
  amountText,
  type BookRow,
  type ComparisonContext,
  distance,
  type HeardOf,
  idsOf,
  judged,
  type ListedObject,
  unmatchedRows,
  unsettled,
  type Verdict,
  whyUnheard,
} from './comparison.rules.ts';

/** A payment of the provider's with everything that is known of it on all three sides. */
export interface TransactionSubject {
  objectId: string;
  object: ListedObject | null;
  topUp: Pick<
    TopUp,
    'id' | 'reference' | 'state' | 'currency' | 'amountMinor' | 'endedAt' | 'payment'
  > | null;
  rows: readonly BookRow[];
  heard: HeardOf;
}

/**
 * Compares a payment: what the provider lists, what its ledger says, and what we booked. Our books agree with our own
 * row by the invariants, so that the row stands for both. What the provider has ended and we have not stays true
 * however long the reading took; amounts are compared where nothing moved meanwhile.
 */
export function compareTransaction(subject: TransactionSubject, context: ComparisonContext): Verdict {
  const { topUp, rows, object } = subject;
  const isLate = rows.some((row) => row.isLate);
  if (topUp === null) return object === null && isLate ? unsettled : judged(...unknownFindings(subject));
  if (topUp.payment === null) return compareUnpaid(subject, topUp);
  if (topUp.payment.providerObject !== subject.objectId) return judged(...unknownFindings(subject));
  if (isLate || (topUp.endedAt !== null && topUp.endedAt >= context.startedAt)) return unsettled;
  const fromList = object?.isCurrent ? listedFinding(subject, object, topUp.payment) : null;
  return judged(fromList, ...bookFindings(subject, topUp, topUp.payment, fromList, context));
}

const nameOf = ({ objectId }: TransactionSubject): string => providerReferenceOf(objectId);

function objectsOf(subject: TransactionSubject, rows: readonly BookRow[] = []): DriftObjects {
  const { object, topUp } = subject;
  return {
    ...(object === null ? {} : { providerReference: object.reference, providerStatus: object.status }),
    ...(topUp === null ? {} : { topUpId: topUp.id, providerReference: topUp.reference }),
    providerObject: nameOf(subject),
    ...(rows.length === 0 ? {} : { bookRowIds: idsOf(rows) }),
  };
}

/** Money moved there for something that we never asked for. A payment that brought none is nobody's affair. */
function unknownFindings(subject: TransactionSubject): Finding[] {
  const { object, rows, topUp } = subject;
  const name = nameOf(subject);
  if (object === null) return unmatchedRows(name, rows, 'no payment of ours or of its lists has this id');
  const { amountMinor, currency, status } = object;
  if (status !== 'success' && status !== 'reversed' && rows.length === 0) return [];
  const whose =
    topUp === null ? 'none of our top-ups' : 'another payment for our top-up than the one we booked';
  return [
    {
      kind: 'provider_object_unknown',
      subject: name,
      money: { amountMinor, currency },
      objects: objectsOf(subject, rows),
      cause: `The provider took ${amountText(amountMinor, currency)} (${status}) by a payment that is ${whose}.`,
      command: null,
    },
  ];
}

/** Our own row is still open, or had ended without money, and its ordinary command lets it follow. */
function compareUnpaid(
  subject: TransactionSubject,
  topUp: NonNullable<TransactionSubject['topUp']>,
): Verdict {
  const { object, rows, heard } = subject;
  const takings = rows.filter(({ differenceMinor }) => differenceMinor > 0n);
  if (object?.status !== 'success' && takings.length === 0) return judged();
  if (heard.isWaiting) return unsettled;
  const [row] = takings;
  const amountMinor = object?.amountMinor ?? row?.differenceMinor ?? topUp.amountMinor;
  const currency = object?.currency ?? row?.currency ?? topUp.currency;
  return judged({
    kind: 'webhook_missed',
    subject: nameOf(subject),
    money: { amountMinor, currency },
    objects: objectsOf(subject, rows),
    cause: `The provider says that ${amountText(amountMinor, currency)} were paid; our top-up is ${topUp.state}, and ${whyUnheard(heard)}.`,
    command: 'topup.settle',
  });
}

/** The first way in which the provider's list differs from what was booked. */
function listedFinding(
  subject: TransactionSubject,
  object: ListedObject,
  payment: TopUpPayment,
): Finding | null {
  const { paidMinor, paidCurrency, providerFeeMinor } = payment;
  const feeMinor = object.feeMinor ?? 0n;
  const shared = { subject: nameOf(subject), objects: objectsOf(subject), command: null };
  const booked = amountText(paidMinor, paidCurrency);
  if (object.status !== 'success') {
    return {
      ...shared,
      kind: 'status_differs',
      money: { amountMinor: paidMinor, currency: paidCurrency },
      cause: `The provider says that the payment of ${booked}, which it confirmed to us, is ${object.status}.`,
    };
  }
  if (object.currency !== paidCurrency || object.amountMinor !== paidMinor) {
    const isSameCurrency = object.currency === paidCurrency;
    const amountMinor = isSameCurrency ? distance(object.amountMinor, paidMinor) : object.amountMinor;
    return {
      ...shared,
      kind: 'amount_differs',
      money: { amountMinor, currency: object.currency },
      cause: `The provider lists ${amountText(object.amountMinor, object.currency)}, we booked ${booked}.`,
    };
  }
  if (feeMinor === providerFeeMinor) return null;
  return {
    ...shared,
    kind: 'fee_differs',
    money: { amountMinor: distance(feeMinor, providerFeeMinor), currency: paidCurrency },
    cause: `The provider lists a fee of ${amountText(feeMinor, paidCurrency)}, we booked ${amountText(providerFeeMinor, paidCurrency)}.`,
  };
}

/** How the provider's ledger differs from the takings that we booked, where its list does not explain it already. */
function bookFindings(
  subject: TransactionSubject,
  topUp: NonNullable<TransactionSubject['topUp']>,
  payment: TopUpPayment,
  fromList: Finding | null,
  context: ComparisonContext,
): Finding[] {
  const { object, rows } = subject;
  const name = nameOf(subject);
  const [settled, ...again] = rows.filter(({ differenceMinor }) => differenceMinor > 0n);
  const taken = rows.filter(({ differenceMinor }) => differenceMinor <= 0n);
  const findings = unmatchedRows(name, taken, 'nothing of ours says that it was taken back');
  if (settled === undefined) {
    const missing = missingRow(subject, topUp, payment, context);
    return missing === null ? findings : [missing, ...findings];
  }
  if (again.length > 0) {
    const amountMinor = again.reduce((sum, row) => sum + row.differenceMinor, 0n);
    findings.push({
      kind: 'duplicate_effect',
      subject: name,
      money: { amountMinor, currency: settled.currency },
      objects: objectsOf(subject, rows),
      cause: `The provider’s ledger has the takings of one payment ${again.length + 1} times.`,
      command: null,
    });
  }
  const bookedMinor = payment.paidMinor - payment.providerFeeMinor;
  const isBooked = settled.differenceMinor === bookedMinor && settled.currency === payment.paidCurrency;
  const listedMinor = object === null ? null : object.amountMinor - (object.feeMinor ?? 0n);
  if (isBooked || (fromList !== null && settled.differenceMinor === listedMinor)) return findings;
  return [differingRow(subject, settled, bookedMinor, payment.paidCurrency), ...findings];
}

function missingRow(
  subject: TransactionSubject,
  topUp: NonNullable<TransactionSubject['topUp']>,
  payment: TopUpPayment,
  { now, coveredFrom, settleWithinSeconds }: ComparisonContext,
): Finding | null {
  const takingsMinor = payment.paidMinor - payment.providerFeeMinor;
  const createdAt = subject.object?.createdAt ?? null;
  const isCovered = createdAt !== null && createdAt >= coveredFrom;
  const isOverdue = topUp.endedAt !== null && after(topUp.endedAt, settleWithinSeconds) <= now;
  if (takingsMinor === 0n || !isCovered || !isOverdue) return null;
  const { paidCurrency } = payment;
  return {
    kind: 'book_row_missing',
    subject: nameOf(subject),
    money: { amountMinor: takingsMinor, currency: paidCurrency },
    objects: objectsOf(subject),
    cause: `Takings of ${amountText(takingsMinor, paidCurrency)} have not come into the provider’s balance in time.`,
    command: null,
  };
}

function differingRow(
  subject: TransactionSubject,
  row: BookRow,
  bookedMinor: bigint,
  bookedCurrency: string,
): Finding {
  const isSameCurrency = row.currency === bookedCurrency;
  const amountMinor = isSameCurrency ? distance(row.differenceMinor, bookedMinor) : row.differenceMinor;
  return {
    kind: 'amount_differs',
    subject: nameOf(subject),
    money: { amountMinor, currency: row.currency },
    objects: objectsOf(subject, [row]),
    cause: `The provider’s ledger took in ${amountText(row.differenceMinor, row.currency)}, we booked takings of ${amountText(bookedMinor, bookedCurrency)}.`,
    command: null,
  };
}
