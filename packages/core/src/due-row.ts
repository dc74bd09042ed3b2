import { type Expression, type RawBuilder, sql } from 'kysely';

/** A row whose time has come, with its place in the order in which a sweep works them. */
export interface DueRow {
  id: string;
  /** To the millisecond, as every instant of ours. */
  at: Date;
}

/** That a row comes after another one in the order of this column and the id; every row does where there is none. */
export const isBeyond = (column: Expression<Date | null>, after: DueRow | null): RawBuilder<boolean> =>
  after === null
    ? sql<boolean>`true`
    : sql<boolean>`(${column}, id) > (${after.at}::timestamptz, ${after.id}::uuid)`;

/** The first rows that are due, at most so many, after the one given. */
export interface DuePage {
  limit: number;
  after: DueRow | null;
}
