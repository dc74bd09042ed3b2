import type { Tx } from '@errand-dash/db';
import { sql } from 'kysely';

/** How far the time of commands is from the real one; negative in the past. */
export interface ClockOffset {
  offsetSeconds: number;
}

/** Moves a virtual clock on and answers how far ahead it is, in seconds. Null where it is not virtual, or backwards. */
export async function advanceClockOffset(tx: Tx, seconds: number): Promise<number | null> {
  const { rows } = await sql<{ moved: bigint | null }>`
    select move_clock(${Math.round(seconds * 1000)}) as moved`.execute(tx);
  const moved = rows[0]?.moved ?? null;
  return moved === null ? null : Number(moved) / 1000;
}
