import { z } from 'zod';
import { line } from './text.ts';

/** A point on Earth in degrees, WGS 84. */
export const point = z.strictObject({
  latitude: z.number().min(-90).max(90),
  longitude: z.number().min(-180).max(180),
});
export type Point = z.infer<typeof point>;

/** An exact place: a point and the words a person needs to find the door. Seen only by the two parties. */
export const exactPlace = z.strictObject({ ...point.shape, address: line(3, 200) });
export type ExactPlace = z.infer<typeof exactPlace>;

/** What anybody may see of a place: the centre of its H3 cell at resolution 8, about half a kilometre wide. */
export const roughPlace = z.strictObject({
  ...point.shape,
  cell: z.string().regex(/^[0-9a-f]{15}$/),
});
export type RoughPlace = z.infer<typeof roughPlace>;
