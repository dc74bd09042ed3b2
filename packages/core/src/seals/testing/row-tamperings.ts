import { type RawBuilder, sql } from 'kysely';
import type { ChainProblemKind } from '../chains/chain-problem.ts';

/** Transfers by their number in the ledger, from 1. Their ids are not known before all of them are posted. */
interface NumberedTransfers {
  id: (number: number) => string;
  /** What finds the one of this number. */
  at: (number: number) => RawBuilder<unknown>;
}

type RowTampering = [
  what: string,
  statements: (transfers: NumberedTransfers) => RawBuilder<unknown>[],
  kind: ChainProblemKind,
  position: number | null,
];

/** An id of no transfer. */
export const forgedId = '019a0000-0000-7000-8000-000000000001';

/**
 * What the owner of the database can do to the rows of a ledger with batches of 4, 3 and 5 transfers and two more that
 * are not sealed yet, and what is found, where it begins.
 */
export const rowTamperings: RowTampering[] = [
  ['a row deleted in the middle', ({ at }) => [sql`delete from transfers where ${at(6)}`], 'row_deleted', 6],
  ['the first row deleted', ({ at }) => [sql`delete from transfers where ${at(1)}`], 'row_deleted', 1],
  [
    'the last row of a batch deleted',
    ({ at }) => [sql`delete from transfers where ${at(7)}`],
    'row_deleted',
    7,
  ],
  [
    'the last sealed row deleted',
    ({ at }) => [sql`delete from transfers where ${at(12)}`],
    'row_deleted',
    12,
  ],
  [
    'every row from the sixth on deleted',
    ({ id, at }) => [
      sql`delete from transfers where id >= ${id(6)} and transaction_id >= (select transaction_id from transfers where ${at(6)})`,
    ],
    'row_deleted',
    6,
  ],
  [
    'the id of a row edited',
    ({ at }) => [sql`update transfers set id = ${forgedId} where ${at(6)}`],
    'row_deleted',
    6,
  ],
  [
    'two rows swapped: their ids',
    ({ id, at }) => [
      sql`update transfers set id = ${forgedId} where ${at(9)}`,
      sql`update transfers set id = ${id(9)} where ${at(11)}`,
      sql`update transfers set id = ${id(11)} where id = ${forgedId}`,
    ],
    'row_swapped',
    9,
  ],
  [
    'two rows swapped: their places',
    ({ id, at }) => [
      sql`update transfers set transaction_id = case id when ${id(9)}
        then (select transaction_id from transfers where ${at(11)})
        else (select transaction_id from transfers where ${at(9)}) end
      where id in (${id(9)}, ${id(11)})`,
    ],
    'row_swapped',
    9,
  ],
  [
    'two rows swapped: what they moved',
    ({ id, at }) => [
      sql`update transfers set credit_balance_minor = case id when ${id(9)}
        then (select credit_balance_minor from transfers where ${at(11)})
        else (select credit_balance_minor from transfers where ${at(9)}) end
      where id in (${id(9)}, ${id(11)})`,
    ],
    'row_edited',
    9,
  ],
  [
    'a row moved to the end',
    ({ at }) => [
      sql`update transfers set transaction_id = (select max(transaction_id) from transfers) where ${at(6)}`,
    ],
    'row_moved',
    6,
  ],
  [
    'a row inserted into a batch',
    ({ at }) =>
      copyOf(at(6), { id: sql`${forgedId}::uuid`, credit_version: sql`null`, debit_version: sql`null` }),
    'row_inserted',
    6,
  ],
  [
    'a row inserted before all',
    ({ at }) =>
      copyOf(at(1), { id: sql`${forgedId}::uuid`, credit_version: sql`99`, transaction_id: sql`'1'` }),
    'row_inserted',
    1,
  ],
  [
    'a row that is not sealed yet, edited',
    ({ at }) => [sql`update transfers set amount_minor = amount_minor + 1 where ${at(13)}`],
    'row_wrong',
    13,
  ],
  [
    'a row inserted at the end that takes money out of the past',
    ({ at }) =>
      copyOf(at(13), {
        id: sql`${forgedId}::uuid`,
        debit_account_id: sql`credit_account_id`,
        debit_version: sql`5`,
        debit_balance_minor: sql`300`,
        credit_account_id: sql`debit_account_id`,
        credit_version: sql`null`,
        credit_balance_minor: sql`null`,
      }),
    'row_wrong',
    13,
  ],
  [
    'a row inserted at the end that puts money into the past',
    ({ at }) =>
      copyOf(at(13), {
        id: sql`${forgedId}::uuid`,
        credit_version: sql`5`,
        credit_balance_minor: sql`500`,
      }),
    'row_wrong',
    13,
  ],
  [
    'a row that is not sealed yet, deleted',
    ({ at }) => [sql`delete from transfers where ${at(13)}`],
    'row_wrong',
    13,
  ],
  ['the very last row deleted', ({ at }) => [sql`delete from transfers where ${at(14)}`], 'end_wrong', null],
  [
    'a stored balance edited',
    () => [sql`update accounts set balance_minor = 1 where guarded`],
    'end_wrong',
    null,
  ],
  [
    'an account made somebody else’s',
    () => [sql`update accounts set owner_id = 'somebody-else' where guarded`],
    'row_wrong',
    1,
  ],
  ['an account deleted', () => [sql`delete from accounts where not guarded`], 'row_wrong', 1],
  ...['balance_minor', 'version'].map((column): RowTampering => {
    const empty = sql`update accounts set ${sql.id(column)} = null where guarded`;
    return [`the ${column} of accounts made nothing`, () => [empty], 'end_wrong', null];
  }),
  [
    'a row inserted ahead of every transaction, and its account with it',
    ({ at }) => [
      ...copyOf(at(14), {
        id: sql`${forgedId}::uuid`,
        set_id: sql`${forgedId}::uuid`,
        transaction_id: sql`'17000000000000'`,
        credit_version: sql`credit_version + 1`,
        credit_balance_minor: sql`credit_balance_minor + amount_minor`,
      }),
      sql`update accounts set balance_minor = balance_minor + 100, version = version + 1 where guarded`,
    ],
    'row_ahead',
    null,
  ],
  [
    'a checkpoint edited',
    () => [sql`update account_checkpoints set balance_minor = balance_minor + 1`],
    'end_wrong',
    null,
  ],
];

function copyOf(found: RawBuilder<unknown>, changed: Record<string, RawBuilder<unknown>>) {
  const set = sql.join(Object.entries(changed).map(([column, value]) => sql`${sql.id(column)} = ${value}`));
  return [
    sql`create temporary table copied on commit drop as select * from transfers where ${found}`,
    sql`update copied set ${set}`,
    sql`insert into transfers select * from copied`,
  ];
}
