import { type Kysely, sql } from 'kysely';
import type { Database } from '../tables/database.ts';
import type { AccountName } from './account-id.ts';
import type { AccountPurpose } from './account-purposes.ts';
import type { MovementKind } from './movement-kinds.ts';

/** A set as it was posted, its transfers in their order. */
export interface FoundSet {
  kind: MovementKind;
  cause: { type: string; id: string };
  transfers: { id: string; debit: AccountName; credit: AccountName; amountMinor: bigint }[];
}

/** The set of this id, which is the id of its first transfer, or null. */
export async function findSet(db: Kysely<Database>, setId: string): Promise<FoundSet | null> {
  // The first leg is found by its own id, the others by that of the set.
  const { rows } = await sql<Leg>`
    select transfers.id, kind, cause_type, cause_id, amount_minor, transfers.currency,
      debit.purpose as debit_purpose, debit.owner_id as debit_owner_id,
      credit.purpose as credit_purpose, credit.owner_id as credit_owner_id
    from transfers
    join accounts debit on debit.id = debit_account_id
    join accounts credit on credit.id = credit_account_id
    where (transfers.id = ${setId} and leg = 1) or (set_id = ${setId} and leg > 1)
    order by leg`.execute(db);
  const [first] = rows;
  if (first === undefined) return null;
  return {
    kind: first.kind,
    cause: { type: first.cause_type, id: first.cause_id },
    transfers: rows.map((leg) => ({
      id: leg.id,
      debit: { purpose: leg.debit_purpose, ownerId: leg.debit_owner_id, currency: leg.currency },
      credit: { purpose: leg.credit_purpose, ownerId: leg.credit_owner_id, currency: leg.currency },
      amountMinor: leg.amount_minor,
    })),
  };
}

interface Leg {
  id: string;
  kind: MovementKind;
  cause_type: string;
  cause_id: string;
  amount_minor: bigint;
  currency: string;
  debit_purpose: AccountPurpose;
  debit_owner_id: string | null;
  credit_purpose: AccountPurpose;
  credit_owner_id: string | null;
}
