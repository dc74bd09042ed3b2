import { z } from 'zod';
import { readCursor, writeCursor } from '../../page-cursor.ts';
import { query } from '../../query.ts';
import { orThrow } from '../../refusal.ts';
import { requireUser } from '../../users/index.ts';
import type { Withdrawal } from './withdrawal.rules.ts';
import { listWithdrawalsOf } from './withdrawal.store.ts';

export interface ListWithdrawals {
  limit: number;
  cursor?: string | undefined;
}

const place = z.tuple([z.uuid()]);

/** A page of the person's own withdrawals, newest first. Refuses with `INPUT_INVALID`. */
export const listWithdrawals = query(
  'wallet.listWithdrawals',
  async (
    db,
    { limit, cursor }: ListWithdrawals,
    { viewer },
  ): Promise<{ withdrawals: Withdrawal[]; nextCursor: string | null }> => {
    const { userId } = orThrow(requireUser(viewer));
    const beforeId = cursor === undefined ? null : orThrow(readCursor(place, cursor))[0];
    const found = await listWithdrawalsOf(db, userId, { beforeId, limit: limit + 1 });
    const withdrawals = found.slice(0, limit);
    const last = found.length > limit ? withdrawals.at(-1) : undefined;
    return { withdrawals, nextCursor: last === undefined ? null : writeCursor([last.id]) };
  },
);
