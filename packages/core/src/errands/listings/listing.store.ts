import type { Point } from '@errand-dash/contract';
import type { Db } from '@errand-dash/db';
import { sql } from 'kysely';
import type { Errand } from '../errand.rules.ts';
import { errandOf } from '../errand.store.ts';
import { coarseCellsWithin } from './place.rules.ts';

/** A place in the list of errands near a point: the distance in whole metres, then the id. */
export type NearPlace = [distanceMetres: number, errandId: string];

/**
 * Open errands of others whose cell's centre lies within the radius, nearest first, after a place in that list.
 * The distance is that on a sphere of the Earth's mean radius, in whole metres, so that the order is the same on
 * every page.
 */
export async function findOpenNear(
  db: Db,
  near: Point,
  given: { radiusMetres: number; exceptSenderId: string; now: Date; limit: number; after: NearPlace | null },
): Promise<{ errand: Errand; distanceMetres: number }[]> {
  const distance = distanceTo(near);
  let select = db
    .selectFrom('errands')
    .selectAll()
    .select(distance.as('distance_metres'))
    .where('state', '=', 'posted')
    .where('coarse_cell', 'in', coarseCellsWithin(near, given.radiusMetres))
    .where('expires_at', '>', given.now)
    .where('sender_id', '<>', given.exceptSenderId)
    .where(distance, '<=', given.radiusMetres)
    .orderBy('distance_metres')
    .orderBy('id')
    .limit(given.limit);
  if (given.after !== null) {
    const [metres, id] = given.after;
    select = select.where(sql<boolean>`(${distance}, id) > (${metres}::integer, ${id}::uuid)`);
  }
  const rows = await select.execute();
  return rows.map(({ distance_metres, ...row }) => ({
    errand: errandOf(row),
    distanceMetres: distance_metres,
  }));
}

/** IUGG's mean radius of the Earth. */
const EARTH_RADIUS_METRES = 6_371_008.8;

/** The haversine formula. Rounding can bring its root above one on the other side of the Earth. */
const distanceTo = ({ latitude, longitude }: Point) => sql<number>`round(
  ${2 * EARTH_RADIUS_METRES}::double precision * asin(least(1, sqrt(
    power(sin(radians(cell_latitude - ${latitude}::double precision) / 2), 2)
    + cos(radians(${latitude}::double precision)) * cos(radians(cell_latitude))
      * power(sin(radians(cell_longitude - ${longitude}::double precision) / 2), 2)
  ))))::integer`;
