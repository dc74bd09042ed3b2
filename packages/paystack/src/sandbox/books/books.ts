import { type BooksFile, openBooksFile } from './books-file.ts';
import type { Change, TableName, Tables } from './records.ts';

export interface Reader {
  get<Name extends TableName>(table: Name, key: string | number): Tables[Name] | undefined;
  /** All rows in the order in which they were first put. */
  all<Name extends TableName>(table: Name): Tables[Name][];
  keys(table: TableName): string[];
}

export interface Draft extends Reader {
  put<Name extends TableName>(table: Name, key: string | number, value: Tables[Name]): void;
  remove(table: TableName, key: string | number): void;
  nextId(): number;
}

export interface Books extends Reader {
  /**
   * Runs the work and keeps all of its changes or, if it throws, none. They are in the file before it
   * returns. The work must be synchronous.
   */
  commit<Result>(work: (draft: Draft) => Result): Result;
  close(): void;
}

/** Above 2^32, as Paystack's ids are, so that nobody stores them in 32 bits. */
const ID_FIRST = 4_300_000_001;
const ROWS_MAX = 500_000;

/** Opens the sandbox's books, in memory only or kept in a file. */
export function openBooks(path: string | null): Books {
  const tables = new Map<TableName, Map<string, unknown>>();
  const tableOf = (table: TableName): Map<string, unknown> => {
    const rows = tables.get(table) ?? new Map<string, unknown>();
    tables.set(table, rows);
    return rows;
  };
  const apply = (changes: readonly Change[]) => {
    for (const [table, key, value] of changes) {
      if (value === null) {
        tableOf(table).delete(key);
      } else {
        tableOf(table).set(key, value);
      }
    }
  };
  const snapshot = (): Change[] =>
    [...tables].flatMap(([table, rows]) => [...rows].map(([key, value]): Change => [table, key, value]));
  const file: BooksFile | null = path === null ? null : openBooksFile(path, apply, snapshot);
  const reader = readerOf(tableOf);
  return {
    ...reader,
    commit: (work) => {
      const draft = openDraft(tableOf);
      const result = work(draft);
      const changes = draft.changes();
      if (changes.length > 0) {
        refuseOverflow(tables);
        file?.append(changes);
        apply(changes);
        file?.compactIfLong();
      }
      return result;
    },
    close: () => file?.close(),
  };
}

function readerOf(tableOf: (table: TableName) => ReadonlyMap<string, unknown>): Reader {
  return {
    get: <Name extends TableName>(table: Name, key: string | number) =>
      tableOf(table).get(String(key)) as Tables[Name] | undefined,
    all: <Name extends TableName>(table: Name) => [...tableOf(table).values()] as Tables[Name][],
    keys: (table) => [...tableOf(table).keys()],
  };
}

/** Changes seen by the work that makes them, and by nobody else until they are committed. */
function openDraft(tableOf: (table: TableName) => ReadonlyMap<string, unknown>) {
  const staged = new Map<TableName, Map<string, unknown>>();
  const stage = (table: TableName, key: string | number, value: unknown) => {
    const rows = staged.get(table) ?? new Map<string, unknown>();
    rows.set(String(key), value);
    staged.set(table, rows);
  };
  const merged = (table: TableName): ReadonlyMap<string, unknown> => {
    const changed = staged.get(table);
    if (changed === undefined) {
      return tableOf(table);
    }
    const rows = new Map([...tableOf(table), ...changed]);
    return new Map([...rows].filter(([, value]) => value !== null));
  };
  const reader = readerOf(merged);
  return {
    ...reader,
    get: <Name extends TableName>(table: Name, key: string | number) => {
      const changed = staged.get(table)?.get(String(key));
      const value = changed === undefined ? tableOf(table).get(String(key)) : changed;
      return (value ?? undefined) as Tables[Name] | undefined;
    },
    put: stage,
    remove: (table: TableName, key: string | number) => stage(table, key, null),
    nextId(): number {
      const id = (this.get('counter', 'id') ?? ID_FIRST - 1) + 1;
      stage('counter', 'id', id);
      return id;
    },
    changes: (): Change[] =>
      [...staged].flatMap(([table, rows]) => [...rows].map(([key, value]): Change => [table, key, value])),
  };
}

function refuseOverflow(tables: ReadonlyMap<TableName, ReadonlyMap<string, unknown>>): void {
  let count = 0;
  for (const rows of tables.values()) {
    count += rows.size;
  }
  if (count > ROWS_MAX) {
    throw new Error('The sandbox books are full; start with a new file');
  }
}
