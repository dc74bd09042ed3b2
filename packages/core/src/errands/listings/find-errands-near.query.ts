import type { FindErrandsNear } from '@errand-dash/contract';
import { z } from 'zod';
import { readCursor, writeCursor } from '../../page-cursor.ts';
import { query } from '../../query.ts';
import { orThrow } from '../../refusal.ts';
import { findPublicUsers, type PublicUser, requirePermission } from '../../users/index.ts';
import type { Errand } from '../errand.rules.ts';
import { findOpenNear, type NearPlace } from './listing.store.ts';

/** An errand as a runner who looks for work sees it. */
export interface ErrandListing extends Omit<Errand, 'deliverToSealed' | 'receiptSealed'> {
  sender: PublicUser;
  /** From the point that was asked for to the centre of the place's cell. */
  distanceMetres: number;
}

const place: z.ZodType<NearPlace> = z.tuple([z.int().min(0).max(100_000_000), z.uuid()]);

/**
 * Errands of others that wait for a runner, nearest first, by whole metres and then by id.
 * Refuses with `ROLE_MISSING` and `INPUT_INVALID`.
 */
export const findErrandsNear = query(
  'errands.findNear',
  async (
    db,
    input: FindErrandsNear,
    { viewer, now },
  ): Promise<{ errands: ErrandListing[]; nextCursor: string | null }> => {
    const { userId } = orThrow(requirePermission(viewer, 'errands.findNear'));
    const { radiusMetres, limit } = input;
    const after = input.cursor === undefined ? null : orThrow(readCursor(place, input.cursor));
    const given = { radiusMetres, exceptSenderId: userId, now, limit: limit + 1, after };
    const found = await findOpenNear(db, input.near, given);
    const page = found.slice(0, limit);
    const last = found.length > limit ? page.at(-1) : undefined;
    const senders = await findPublicUsers(
      db,
      page.map(({ errand }) => errand.senderId),
    );
    return {
      errands: page.map(({ errand, distanceMetres }) => listingOf(errand, distanceMetres, senders)),
      nextCursor: last === undefined ? null : writeCursor([last.distanceMetres, last.errand.errandId]),
    };
  },
);

function listingOf(
  { deliverToSealed, receiptSealed, ...shown }: Errand,
  distanceMetres: number,
  senders: ReadonlyMap<string, PublicUser>,
): ErrandListing {
  const sender = senders.get(shown.senderId);
  if (sender === undefined) throw new Error('the sender of an errand is nobody');
  return { ...shown, sender, distanceMetres };
}
