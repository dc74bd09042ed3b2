import { type Kysely, type RawBuilder, sql } from 'kysely';
import type { Database } from '../../tables/database.ts';
import type { OrderedRow } from './read-in-order.ts';

/** A transfer with everything that a seal binds. */
export interface LedgerRow extends OrderedRow {
  set_id: string;
  leg: number;
  legs: number;
  kind: string;
  cause_type: string;
  cause_id: string;
  authority_kind: string;
  authority_reference: string;
  authority_detail: string | null;
  provider_reference: string | null;
  reverses_set_id: string | null;
  debit_account_id: string;
  credit_account_id: string;
  amount_minor: bigint;
  currency: string;
  debit_balance_minor: bigint | null;
  debit_version: bigint | null;
  credit_balance_minor: bigint | null;
  credit_version: bigint | null;
  /** ISO 8601 with microseconds. */
  posted_at_text: string;
  posted_at: Date;
}

/** Every transfer as a seal sees it. What is not selected here, no seal protects. */
export const ledgerRows: RawBuilder<LedgerRow> = sql<LedgerRow>`
  select id, transaction_id, transaction_number(transaction_id) as transaction_number, set_id, leg, legs, kind,
    cause_type, cause_id, authority_kind, authority_reference, authority_detail, provider_reference, reverses_set_id,
    debit_account_id, credit_account_id, amount_minor, currency, debit_balance_minor, debit_version,
    credit_balance_minor, credit_version, posted_at,
    to_char(posted_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as posted_at_text
  from transfers`;

/** These transfers, in any order. */
export async function findLedgerRows(db: Kysely<Database>, ids: readonly string[]): Promise<LedgerRow[]> {
  const { rows } = await sql<LedgerRow>`select * from (${ledgerRows}) found
    where id = any(${ids}::uuid[])`.execute(db);
  return rows;
}
