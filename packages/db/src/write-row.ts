import { CompiledQuery, type Insertable, type Updateable } from 'kysely';
import type { Database } from './tables/database.ts';

type Table = keyof Database & string;

/**
 * The statement that inserts one row. That of a table and its columns is written once: to write it costs more than to
 * send it.
 */
export function insertionOf<T extends Table>(table: T, row: Insertable<Database[T]>): CompiledQuery {
  const columns = Object.keys(row);
  const text = statementOf(`insert ${table} ${columns}`, () => {
    const places = columns.map((_, index) => `$${index + 1}`);
    return `insert into "${table}" (${columns.map(quoted)}) values (${places})`;
  });
  return CompiledQuery.raw(text, Object.values(row));
}

/** The statement that updates these columns of the row with this `id`, as {@link insertionOf}. */
export function updateOf<T extends Table>(
  table: T,
  id: string,
  changes: Updateable<Database[T]>,
): CompiledQuery {
  const columns = Object.keys(changes);
  const text = statementOf(`update ${table} ${columns}`, () => {
    const changed = columns.map((column, index) => `${quoted(column)} = $${index + 2}`);
    return `update "${table}" set ${changed} where "id" = $1`;
  });
  return CompiledQuery.raw(text, [id, ...Object.values(changes)]);
}

const quoted = (column: string) => `"${column}"`;

const statements = new Map<string, string>();

function statementOf(key: string, write: () => string): string {
  const known = statements.get(key);
  if (known !== undefined) return known;
  const text = write();
  statements.set(key, text);
  return text;
}
