import type { Currency, TopUpState, WithdrawalState } from '@errand-dash/contract';
import type { Db } from '@errand-dash/db';
import { sql } from 'kysely';
import { PROVIDER } from '../../provider.ts';
import type { TopUpPayment } from '../../top-ups/top-up.rules.ts';
import type { KnownTransfer } from '../../withdrawals/withdrawal.rules.ts';
import type { TransactionSubject } from './compare-transaction.rules.ts';
import type { TransferSubject } from './compare-transfer.rules.ts';
import type { BookRow, HeardOf, ListedObject } from './comparison.rules.ts';

/** Something that a run has read of: a payment, a transfer, or what else moves the provider's balance. */
export type Subject = { place: SubjectPlace } & (
  | { kind: 'transaction'; transaction: TransactionSubject }
  | { kind: 'transfer'; transfer: TransferSubject }
  | { kind: 'other'; rows: readonly BookRow[] }
);

/** Where it stands in the order of all. */
export interface SubjectPlace {
  model: string;
  objectId: string;
}

/**
 * The next subjects of a run, each with everything that is known of it on all sides. One statement and so one
 * instant: what happens between two would look like a drift.
 */
export async function listSubjects(
  db: Db,
  runId: string,
  { beyond, limit }: { beyond: SubjectPlace | null; limit: number },
): Promise<Subject[]> {
  const place =
    beyond === null ? sql`` : sql`where (model, object_id) > (${beyond.model}, ${beyond.objectId})`;
  const { rows } = await sql<SubjectRow>`
    with touched as (
      select model, object_id from (
        select kind as model, object_id from provider_objects where run_id = ${runId}::uuid
        union
        select model, model_row from provider_book_rows where run_id = ${runId}::uuid) either
      ${place} order by model, object_id limit ${limit}
    )
    select touched.model, touched.object_id,
      object.reference, object.status, object.currency, object.amount_minor, object.fee_minor, object.created_at,
      object.run_id = ${runId}::uuid as is_current,
      (select coalesce(jsonb_agg(jsonb_build_object('rowId', row_id, 'currency', currency,
            'differenceMinor', difference_minor::text, 'isLate', is_late and run_id = ${runId}::uuid)
          order by length(row_id), row_id), '[]')
        from provider_book_rows
        where provider = ${PROVIDER} and model = touched.model and model_row = touched.object_id) as book_rows,
      to_jsonb(top_up) as top_up, to_jsonb(withdrawal) as withdrawal,
      exists (select from webhook_deliveries
        where provider = ${PROVIDER} and reference = object.reference and state = 'waiting') as is_waiting,
      (select reason from webhook_deliveries
        where provider = ${PROVIDER} and reference = object.reference and state = 'set_aside'
        order by id desc limit 1) as set_aside_reason
    from touched
    left join provider_objects object on object.provider = ${PROVIDER} and object.kind = touched.model
      and object.object_id = touched.object_id
    left join lateral (
      select id, reference, state, currency, amount_minor::text, ended_at, provider_object, paid_minor::text, paid_currency,
          provider_fee_minor::text
        from top_ups where touched.model = 'transaction' and provider = ${PROVIDER}
          and (reference = object.reference or provider_object = touched.object_id)
        order by provider_object = touched.object_id desc nulls last limit 1) top_up on true
    left join lateral (
      select id, reference, state, currency, amount_minor::text, sent_at, ended_at, leased_until, provider_object,
          provider_status, fee_minor::text
        from withdrawals where touched.model = 'transfer' and provider = ${PROVIDER}
          and (reference = object.reference or provider_object = touched.object_id)
        order by provider_object = touched.object_id desc nulls last limit 1) withdrawal on true
    order by touched.model, touched.object_id`.execute(db);
  return rows.map(subjectOf);
}

interface SubjectRow {
  model: string;
  object_id: string;
  reference: string | null;
  status: string | null;
  currency: string | null;
  amount_minor: bigint | null;
  fee_minor: bigint | null;
  created_at: Date | null;
  is_current: boolean | null;
  book_rows: { rowId: string; currency: string; differenceMinor: string; isLate: boolean }[];
  top_up: TopUpRow | null;
  withdrawal: WithdrawalRow | null;
  is_waiting: boolean;
  set_aside_reason: string | null;
}

/** As JSON: amounts and instants are texts. */
interface TopUpRow {
  id: string;
  reference: string;
  state: TopUpState;
  currency: Currency;
  amount_minor: string;
  ended_at: string | null;
  provider_object: string | null;
  paid_minor: string | null;
  paid_currency: string | null;
  provider_fee_minor: string | null;
}

interface WithdrawalRow {
  id: string;
  reference: string;
  state: WithdrawalState;
  currency: Currency;
  amount_minor: string;
  sent_at: string | null;
  ended_at: string | null;
  leased_until: string | null;
  provider_object: string | null;
  provider_status: string | null;
  fee_minor: string | null;
}

function subjectOf(row: SubjectRow): Subject {
  const place = { model: row.model, objectId: row.object_id };
  const rows = row.book_rows.map((line) => ({ ...line, differenceMinor: BigInt(line.differenceMinor) }));
  const heard: HeardOf = { isWaiting: row.is_waiting, setAsideReason: row.set_aside_reason };
  const shared = { objectId: row.object_id, object: listedOf(row), rows, heard };
  switch (row.model) {
    case 'transaction':
      return { place, kind: 'transaction', transaction: { ...shared, topUp: topUpOf(row.top_up) } };
    case 'transfer':
      return { place, kind: 'transfer', transfer: { ...shared, withdrawal: withdrawalOf(row.withdrawal) } };
    default:
      return { place, kind: 'other', rows };
  }
}

function listedOf(row: SubjectRow): ListedObject | null {
  const { reference, status, currency, amount_minor: amountMinor } = row;
  if (reference === null || status === null || currency === null || amountMinor === null) return null;
  return {
    reference,
    status,
    currency,
    amountMinor,
    feeMinor: row.fee_minor,
    createdAt: row.created_at,
    isCurrent: row.is_current === true,
  };
}

function topUpOf(row: TopUpRow | null): TransactionSubject['topUp'] {
  if (row === null) return null;
  const { provider_object: providerObject, paid_minor: paid, paid_currency: paidCurrency } = row;
  const isPaid = providerObject !== null && paid !== null && paidCurrency !== null;
  const providerFeeMinor = BigInt(row.provider_fee_minor ?? 0);
  const payment: TopUpPayment | null = isPaid
    ? { providerObject, paidMinor: BigInt(paid), paidCurrency, providerFeeMinor }
    : null;
  const { id, reference, state, currency } = row;
  const amountMinor = BigInt(row.amount_minor);
  return { id, reference, state, currency, amountMinor, endedAt: instantOf(row.ended_at), payment };
}

function withdrawalOf(row: WithdrawalRow | null): TransferSubject['withdrawal'] {
  if (row === null) return null;
  const { provider_object: providerObject, provider_status: status, fee_minor: fee } = row;
  const isKnown = providerObject !== null && status !== null && fee !== null;
  const transfer: KnownTransfer | null = isKnown ? { providerObject, status, feeMinor: BigInt(fee) } : null;
  return {
    id: row.id,
    reference: row.reference,
    state: row.state,
    currency: row.currency,
    amountMinor: BigInt(row.amount_minor),
    sentAt: instantOf(row.sent_at),
    endedAt: instantOf(row.ended_at),
    leasedUntil: instantOf(row.leased_until),
    transfer,
  };
}

const instantOf = (text: string | null): Date | null => (text === null ? null : new Date(text));
