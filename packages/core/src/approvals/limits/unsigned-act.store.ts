import type { Currency } from '@errand-dash/contract';
import type { Tx } from '@errand-dash/db';
import { sql } from 'kysely';

/** What somebody is about to do without a signature. */
export interface UnsignedAct {
  id: string;
  userId: string;
  action: string;
  amountMinor: bigint;
  currency: Currency;
  actedAt: Date;
}

/**
 * Counts an act, unless with those of the person's since `countedFrom` it reaches the limit. False: it does, and it
 * is not counted. Acts of one person at once wait for each other until the end of the transaction.
 */
export async function countUnsignedAct(
  tx: Tx,
  act: UnsignedAct,
  { countedFrom, limitMinor }: { countedFrom: Date; limitMinor: bigint },
): Promise<boolean> {
  const { rows } = await sql<{ is_below: boolean }>`
    select write_unsigned_act(${act.id}, ${act.userId}, ${act.action}, ${act.currency}, ${act.amountMinor},
      ${act.actedAt}, ${countedFrom}, ${limitMinor}) as is_below`.execute(tx);
  return rows[0]?.is_below === true;
}
