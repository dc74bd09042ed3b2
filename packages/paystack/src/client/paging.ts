import * as z from 'zod';

/** Where a list goes on: Paystack has cursors for some lists and page numbers for others. */
export type ListPosition =
  | { readonly kind: 'cursor'; readonly cursor: string | null }
  | { readonly kind: 'page'; readonly page: number };

export interface ListPage<Item> {
  readonly items: readonly Item[];
  /** Null when there is nothing more. */
  readonly next: ListPosition | null;
}

export const FROM_THE_START: ListPosition = { kind: 'cursor', cursor: null };

/** The query parameters of a position; `perPage` is spelled differently from list to list. */
export function positionQuery(position: ListPosition): Record<string, string | undefined> {
  if (position.kind === 'page') {
    requirePositive(position.page, 'A page');
    return { page: String(position.page) };
  }
  return { use_cursor: 'true', next: position.cursor ?? undefined };
}

export function perPageText(perPage: number | undefined): string | undefined {
  if (perPage === undefined) {
    return undefined;
  }
  requirePositive(perPage, 'A page size');
  if (perPage > 100) {
    throw new RangeError('A page size must be at most 100');
  }
  return String(perPage);
}

function requirePositive(value: number, name: string): void {
  if (!Number.isSafeInteger(value) || value < 1) {
    throw new RangeError(`${name} must be a positive integer`);
  }
}

const metaSchema = z.looseObject({
  next: z.union([z.string(), z.null()]).optional(),
  page: z.int().positive().nullish(),
  pageCount: z.int().nonnegative().nullish(),
});

/** A list's envelope, read into the page and the position after it. */
export function listPageSchema<Item>(item: z.ZodType<Item>, position: ListPosition) {
  return z.looseObject({ data: z.array(item), meta: metaSchema.nullish() }).transform(
    ({ data, meta }): ListPage<Item> => ({
      items: data,
      next: data.length === 0 ? null : nextPosition(position, meta ?? {}),
    }),
  );
}

/**
 * Stops on no cursor, on the text "null" that vendor samples show, and on the last page. Without a page
 * count a further page is asked for: the empty one ends the list.
 */
function nextPosition(position: ListPosition, meta: z.infer<typeof metaSchema>): ListPosition | null {
  if (position.kind === 'cursor') {
    const isOver = !meta.next || meta.next === 'null' || meta.next === position.cursor;
    return isOver ? null : { kind: 'cursor', cursor: meta.next as string };
  }
  const isLast = typeof meta.pageCount === 'number' && position.page >= meta.pageCount;
  return isLast ? null : { kind: 'page', page: position.page + 1 };
}
