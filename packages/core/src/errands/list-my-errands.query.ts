import type { ListMyErrands } from '@errand-dash/contract';
import { z } from 'zod';
import { readCursor, writeCursor } from '../page-cursor.ts';
import { query } from '../query.ts';
import { orThrow } from '../refusal.ts';
import { requireUser } from '../users/index.ts';
import { errandOf } from './errand.store.ts';
import { type ErrandView, viewErrands } from './errand-view.query.ts';

const place = z.tuple([z.uuid()]);

/** A page of the errands that the person posted or runs, newest first. Refuses with `INPUT_INVALID`. */
export const listMyErrands = query(
  'errands.listMine',
  async (
    db,
    input: ListMyErrands,
    context,
  ): Promise<{ errands: ErrandView[]; nextCursor: string | null }> => {
    const { userId } = orThrow(requireUser(context.viewer));
    let select = db
      .selectFrom('errands')
      .selectAll()
      .where(input.as === 'sender' ? 'sender_id' : 'runner_id', '=', userId)
      .orderBy('id', 'desc')
      .limit(input.limit + 1);
    if (input.cursor !== undefined) {
      const [lastId] = orThrow(readCursor(place, input.cursor));
      select = select.where('id', '<', lastId);
    }
    const rows = await select.execute();
    const page = rows.slice(0, input.limit).map(errandOf);
    const last = rows.length > input.limit ? page.at(-1) : undefined;
    const nextCursor = last === undefined ? null : writeCursor([last.errandId]);
    return { errands: await viewErrands(db, context, page), nextCursor };
  },
);
