import type { Point, RoughPlace } from '@errand-dash/contract';
import { cellToLatLng, gridDisk, latLngToCell } from 'h3-js';

/** What anybody may see of a place: about half a kilometre wide. */
const FINE_RESOLUTION = 8;
/** By which errands are found: about seventeen kilometres wide. */
const COARSE_RESOLUTION = 5;

/** The cell of a point and the cell's centre. */
export function roughPlaceOf({ latitude, longitude }: Point): RoughPlace {
  const cell = latLngToCell(latitude, longitude, FINE_RESOLUTION);
  const [centreLatitude, centreLongitude] = cellToLatLng(cell);
  return { latitude: centreLatitude, longitude: centreLongitude, cell };
}

/**
 * The coarse cell by which a rough place is found. It is the one that the centre lies in, which is not always
 * the parent of the fine cell: the cells of one resolution do not lie wholly within those of a coarser.
 */
export const coarseCellOf = ({ latitude, longitude }: Point): string =>
  latLngToCell(latitude, longitude, COARSE_RESOLUTION);

/** The shortest side of a coarse cell: half of the mean (https://h3geo.org/docs/core-library/restable), to be safe. */
const COARSE_SIDE_MIN_METRES = 4_900;

/** Coarse cells that together hold every point within the radius. */
export function coarseCellsWithin(near: Point, radiusMetres: number): string[] {
  return gridDisk(coarseCellOf(near), ringsFor(radiusMetres));
}

/**
 * From the edge of a cell one ring of hexagons reaches at least one side far, and every further ring one and a
 * half sides more.
 */
const ringsFor = (radiusMetres: number): number =>
  1 + Math.ceil(Math.max(0, radiusMetres / COARSE_SIDE_MIN_METRES - 1) / 1.5);
