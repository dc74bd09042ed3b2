import type { z } from 'zod';
import { type Decision, refuse } from './refusal.ts';

/** An opaque place in a list, made of what the list is sorted by. */
export const writeCursor = (place: readonly (string | number)[]): string =>
  Buffer.from(JSON.stringify(place), 'utf8').toString('base64url');

/** The place that a cursor names. Refuses with `INPUT_INVALID` what {@link writeCursor} has not made for this list. */
export function readCursor<P>(form: z.ZodType<P>, cursor: string): Decision<P> {
  const place = form.safeParse(parseJson(Buffer.from(cursor, 'base64url').toString('utf8')));
  if (place.success) return place.data;
  return refuse('INPUT_INVALID', {
    issues: [{ path: 'cursor', message: 'must come from a page of this list' }],
  });
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
