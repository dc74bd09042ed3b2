import { type StatusMeaning, statusMeanings } from '../../withdrawals/transfer.rules.ts';
import type { Withdrawal } from '../../withdrawals/withdrawal.rules.ts';
import { transferReference } from '../../withdrawals/withdrawal-movements.rules.ts';
import type { DriftObjects, Finding } from '../drifts/drift.ts';
import type { DriftKind } from '../drifts/drift-kinds.ts';
import {
  amountText,
  type BookRow,
  type ComparisonContext,
  distance,
  type HeardOf,
  idsOf,
  judged,
  type ListedObject,
  sumOf,
  unmatchedRows,
  unsettled,
  type Verdict,
  whyUnheard,
} from './comparison.rules.ts';

type OurWithdrawal = Pick<
  Withdrawal,
  'id' | 'reference' | 'state' | 'currency' | 'amountMinor' | 'sentAt' | 'endedAt' | 'transfer'
> & { leasedUntil: Date | null };

/** A transfer of the provider's with everything that is known of it on all three sides. */
export interface TransferSubject {
  objectId: string;
  object: ListedObject | null;
  withdrawal: OurWithdrawal | null;
  rows: readonly BookRow[];
  heard: HeardOf;
}

/**
 * Compares a transfer: what the provider lists, what its ledger moved, and what we booked. The ledger is compared by
 * the sum of its rows, because we may learn of a transfer only when its money is back already.
 */
export function compareTransfer(subject: TransferSubject, context: ComparisonContext): Verdict {
  const { withdrawal, object, rows } = subject;
  const isLate = rows.some((row) => row.isLate);
  if (withdrawal === null) return object === null && isLate ? unsettled : judged(...unknownFindings(subject));
  const { transfer } = withdrawal;
  if (transfer !== null && transfer.providerObject !== subject.objectId)
    return judged(...unknownFindings(subject));
  if (isMoving(withdrawal, context)) return unsettled;
  switch (compareWord(subject, withdrawal, wordOf(subject))) {
    case 'unheard':
      return unheardOf(subject, withdrawal);
    case 'asked_about':
      return judged();
    case 'contradicts':
      return judged(statusFinding(subject, withdrawal));
    case 'same':
      return isLate ? unsettled : compareAmounts(subject, withdrawal, context);
  }
}

function compareAmounts(
  subject: TransferSubject,
  withdrawal: OurWithdrawal,
  context: ComparisonContext,
): Verdict {
  const amount = amountFinding(subject, withdrawal);
  const isUnsent = withdrawal.state === 'requested' || withdrawal.state === 'sending';
  if (amount !== null || isUnsent) return judged(amount);
  const fee = feeFinding(subject, withdrawal);
  return judged(fee, bookFinding(subject, withdrawal, fee, context));
}

/** It moved since the reading began, or somebody is about to send it. */
function isMoving(
  { state, sentAt, endedAt, leasedUntil }: OurWithdrawal,
  context: ComparisonContext,
): boolean {
  const hasMoved = [sentAt, endedAt].some((instant) => instant !== null && instant >= context.startedAt);
  return hasMoved || (state === 'sending' && leasedUntil !== null && leasedUntil > context.now);
}

/** What the provider says of a transfer, by its list or, where it is older than that, by its ledger. */
function wordOf({ object, rows }: TransferSubject): StatusMeaning | null {
  if (object?.isCurrent) return meaningOf(object.status);
  return rows.some(({ differenceMinor }) => differenceMinor > 0n) ? 'came_back' : null;
}

const meaningOf = (status: string): StatusMeaning | null =>
  Object.hasOwn(statusMeanings, status) ? statusMeanings[status as keyof typeof statusMeanings] : null;

/** The provider tells nobody of these. */
const unannounced = ['abandoned', 'blocked', 'rejected'];

/**
 * Whether the provider's word and our state say the same; whether our row would follow the word by its ordinary
 * command, and has not heard it or comes to ask about it by its own schedule; or whether neither is so.
 */
function compareWord(
  { object }: TransferSubject,
  { state, transfer }: OurWithdrawal,
  word: StatusMeaning | null,
): 'same' | 'unheard' | 'asked_about' | 'contradicts' {
  if (word === null) return 'same';
  switch (state) {
    case 'requested':
    case 'sending':
    case 'sent':
      if (word === 'under_way') return 'same';
      return unannounced.includes(object?.status ?? '') ? 'asked_about' : 'unheard';
    case 'paid':
      if (word === 'paid') return 'same';
      return word === 'came_back' ? 'unheard' : 'contradicts';
    case 'returned':
      return transfer !== null && (word === 'came_to_nothing' || word === 'came_back')
        ? 'same'
        : 'contradicts';
    case 'reversed':
      return word === 'came_back' ? 'same' : 'contradicts';
  }
}

const nameOf = ({ objectId }: TransferSubject): string => transferReference({ providerObject: objectId });

function objectsOf(subject: TransferSubject, rows: readonly BookRow[] = subject.rows): DriftObjects {
  const { object, withdrawal } = subject;
  return {
    ...(object === null ? {} : { providerReference: object.reference, providerStatus: object.status }),
    ...(withdrawal === null ? {} : { withdrawalId: withdrawal.id, providerReference: withdrawal.reference }),
    providerObject: nameOf(subject),
    ...(rows.length === 0 ? {} : { bookRowIds: idsOf(rows) }),
  };
}

/** Somebody sent money out of our balance under a name that we never gave. */
function unknownFindings(subject: TransferSubject): Finding[] {
  const { object, rows, withdrawal } = subject;
  const name = nameOf(subject);
  if (object === null) return unmatchedRows(name, rows, 'no transfer of ours or of its lists has this id');
  const { amountMinor, currency, status } = object;
  const whose = withdrawal === null ? 'none of our withdrawals' : 'another one than our withdrawal’s';
  return [
    {
      kind: 'provider_object_unknown',
      subject: name,
      money: { amountMinor: amountMinor + (object.feeMinor ?? 0n), currency },
      objects: objectsOf(subject),
      cause: `The provider has a transfer of ${amountText(amountMinor, currency)} (${status}) that is ${whose}.`,
      command: null,
    },
  ];
}

function unheardOf(subject: TransferSubject, withdrawal: OurWithdrawal): Verdict {
  const { object, heard } = subject;
  if (heard.isWaiting) return unsettled;
  const status = object?.isCurrent ? object.status : 'reversed';
  const { amountMinor, currency, state } = withdrawal;
  return judged({
    kind: 'webhook_missed',
    subject: nameOf(subject),
    money: { amountMinor, currency },
    objects: { ...objectsOf(subject), providerStatus: status },
    cause: `The provider says that the transfer of ${amountText(amountMinor, currency)} is ${status}; our withdrawal is ${state}, and ${whyUnheard(heard)}.`,
    command: 'withdrawal.settle',
  });
}

/** A finding about this subject, with everything that it is about. */
function finding(
  subject: TransferSubject,
  kind: DriftKind,
  money: NonNullable<Finding['money']>,
  cause: string,
): Finding {
  return { kind, subject: nameOf(subject), money, objects: objectsOf(subject), cause, command: null };
}

function statusFinding(subject: TransferSubject, { amountMinor, currency, state }: OurWithdrawal): Finding {
  const status = subject.object?.isCurrent ? subject.object.status : 'back in its balance';
  const cause = `The provider says that the transfer of ${amountText(amountMinor, currency)} is ${status}; our withdrawal is ${state}, and one does not follow from the other.`;
  return finding(subject, 'status_differs', { amountMinor, currency }, cause);
}

function amountFinding(subject: TransferSubject, withdrawal: OurWithdrawal): Finding | null {
  const { object } = subject;
  if (!object?.isCurrent) return null;
  const isSameCurrency = object.currency === withdrawal.currency;
  if (isSameCurrency && object.amountMinor === withdrawal.amountMinor) return null;
  const amountMinor = isSameCurrency
    ? distance(object.amountMinor, withdrawal.amountMinor)
    : object.amountMinor;
  const cause = `The provider lists ${amountText(object.amountMinor, object.currency)}, our withdrawal is of ${amountText(withdrawal.amountMinor, withdrawal.currency)}.`;
  return finding(subject, 'amount_differs', { amountMinor, currency: object.currency }, cause);
}

/** Once the money came back a transfer carries no fee any more, so that only a payment's is compared. */
function feeFinding(subject: TransferSubject, { state, transfer, currency }: OurWithdrawal): Finding | null {
  const { object } = subject;
  if (state !== 'paid' || transfer === null || !object?.isCurrent || object.feeMinor === null) return null;
  if (object.feeMinor === transfer.feeMinor) return null;
  const amountMinor = distance(object.feeMinor, transfer.feeMinor);
  const cause = `The provider lists a fee of ${amountText(object.feeMinor, currency)}, we booked ${amountText(transfer.feeMinor, currency)}.`;
  return finding(subject, 'fee_differs', { amountMinor, currency }, cause);
}

/** How what the provider's ledger moved differs from what our float did, where the fee does not explain it already. */
function bookFinding(
  subject: TransferSubject,
  withdrawal: OurWithdrawal,
  fee: Finding | null,
  { coveredFrom }: ComparisonContext,
): Finding | null {
  const { object, rows } = subject;
  const { state, amountMinor, currency, transfer } = withdrawal;
  const isOut = state === 'sent' || state === 'paid';
  const bookedMinor = isOut ? -(amountMinor + (transfer?.feeMinor ?? 0n)) : 0n;
  const movedMinor = sumOf(rows);
  const createdAt = object?.createdAt ?? null;
  if (createdAt === null || createdAt < coveredFrom || movedMinor === bookedMinor) return null;
  const isByTheFee =
    fee !== null && object !== null && movedMinor === -(amountMinor + (object.feeMinor ?? 0n));
  if (isByTheFee) return null;
  const money = { amountMinor: distance(movedMinor, bookedMinor), currency };
  const taken = rows.filter(({ differenceMinor }) => differenceMinor < 0n);
  if (taken.length > 1) {
    const cause = `The provider’s ledger took the money of one transfer ${taken.length} times.`;
    return finding(subject, 'duplicate_effect', money, cause);
  }
  if (rows.length === 0 || (!isOut && taken.length === rows.length)) {
    const what = rows.length === 0 ? 'no row for the transfer' : 'no row that brings the transfer back';
    const cause = `The provider’s ledger has ${what}; our float moved by ${amountText(bookedMinor, currency)}.`;
    return finding(subject, 'book_row_missing', money, cause);
  }
  const cause = `The provider’s ledger moved ${amountText(movedMinor, currency)} for the transfer, our float ${amountText(bookedMinor, currency)}.`;
  return finding(subject, 'amount_differs', money, cause);
}
