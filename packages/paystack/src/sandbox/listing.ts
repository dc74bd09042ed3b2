import { type Answer, invalid, success } from './answer.ts';

export type Query = Readonly<Record<string, string | undefined>>;

const PER_PAGE_DEFAULT = 50;
const PER_PAGE_MAX = 100;

export interface Listed {
  readonly id: number;
  readonly createdAt: string;
}

export interface ListingOptions<Row extends Listed> {
  readonly message: string;
  /** In the order of their creation. */
  readonly rows: readonly Row[];
  readonly query: Query;
  /** Some lists spell it `per_page`, others `perPage`. */
  readonly perPageName: 'per_page' | 'perPage';
  /** Left out where the list has pages only. */
  readonly cursor?: {
    readonly name: string;
    /** What stands for "no more": the vendor's samples show both null and the text "null". */
    readonly end: null | 'null';
  };
  readonly present: (row: Row) => object;
}

/** A list as Paystack answers it: newest first, by page or by cursor, within `from` and `to`. */
export function listing<Row extends Listed>(options: ListingOptions<Row>): Answer {
  const { query, cursor } = options;
  const perPage = positiveInteger(query[options.perPageName], PER_PAGE_DEFAULT);
  const from = instant(query.from);
  const to = instant(query.to);
  if (perPage === null || perPage > PER_PAGE_MAX) {
    return invalid(`${options.perPageName} must be an integer from 1 to ${PER_PAGE_MAX}`);
  }
  if (from === 'malformed' || to === 'malformed') {
    return invalid('from and to must be ISO 8601 dates');
  }
  const rows = options.rows
    .filter((row) => (from === null || row.createdAt >= from) && (to === null || row.createdAt <= to))
    .reverse();
  return cursor !== undefined && query.use_cursor === 'true'
    ? byCursor(options, cursor, rows, perPage)
    : byPage(options, rows, perPage);
}

function byPage<Row extends Listed>(
  options: ListingOptions<Row>,
  rows: readonly Row[],
  perPage: number,
): Answer {
  const page = positiveInteger(options.query.page, 1);
  if (page === null) {
    return invalid('page must be a positive integer');
  }
  const skipped = (page - 1) * perPage;
  const meta = {
    total: rows.length,
    skipped,
    perPage,
    page,
    pageCount: Math.ceil(rows.length / perPage),
  };
  const data = rows.slice(skipped, skipped + perPage).map(options.present);
  return success(options.message, data, { meta });
}

/** The cursor names the last row seen, so that rows that came in since then shift nothing. */
function byCursor<Row extends Listed>(
  options: ListingOptions<Row>,
  cursor: NonNullable<ListingOptions<Row>['cursor']>,
  rows: readonly Row[],
  perPage: number,
): Answer {
  const before = options.query.next === undefined ? null : readCursor(cursor.name, options.query.next);
  if (before === 'malformed') {
    return invalid('next is not a cursor of this list');
  }
  const rest = before === null ? rows : rows.filter((row) => row.id < before);
  const shown = rest.slice(0, perPage);
  const last = shown.at(-1);
  const hasMore = last !== undefined && rest.length > shown.length;
  const next = hasMore ? Buffer.from(`${cursor.name}:${last.id}`).toString('base64') : cursor.end;
  return success(options.message, shown.map(options.present), {
    meta: { next, previous: cursor.end, perPage },
  });
}

function readCursor(name: string, text: string): number | 'malformed' {
  const match = /^([a-z]+):(\d{1,16})$/.exec(Buffer.from(text, 'base64').toString());
  return match?.[1] === name ? Number(match[2]) : 'malformed';
}

function positiveInteger(text: string | undefined, otherwise: number): number | null {
  if (text === undefined) {
    return otherwise;
  }
  return /^[1-9]\d{0,8}$/.test(text) ? Number(text) : null;
}

function instant(text: string | undefined): string | null | 'malformed' {
  if (text === undefined) {
    return null;
  }
  const time = Date.parse(text);
  return Number.isNaN(time) || !/^\d{4}-\d{2}-\d{2}/.test(text) ? 'malformed' : new Date(time).toISOString();
}
