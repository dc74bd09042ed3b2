import type { GetStatement } from '@errand-dash/contract';
import { z } from 'zod';
import { readCursor, writeCursor } from '../../page-cursor.ts';
import { query } from '../../query.ts';
import { orThrow } from '../../refusal.ts';
import { requireUser } from '../../users/index.ts';
import { readStatement, type Statement } from './read-statement.ts';

const place = z.tuple([z.string().regex(/^\d{1,18}$/)]);

/**
 * A page of the statement of one of the person's accounts, newest first, with the account's balance before and after
 * the days that are asked for. Lines that arrive meanwhile come before the first page and change no other.
 * Refuses with `SESSION_MISSING`, `INPUT_INVALID` and `OBJECT_NOT_FOUND`.
 */
export const getStatement = query(
  'wallet.statement',
  async (
    db,
    { limit, cursor, withReceipts = false, ...asked }: GetStatement,
    { viewer },
  ): Promise<Omit<Statement, 'next'> & { nextCursor: string | null }> => {
    const { userId } = orThrow(requireUser(viewer));
    const before = cursor === undefined ? null : orThrow(readCursor(place, cursor))[0];
    const { next, ...statement } = await readStatement(db, userId, asked, { limit, before, withReceipts });
    return { ...statement, nextCursor: next === null ? null : writeCursor([next]) };
  },
);
