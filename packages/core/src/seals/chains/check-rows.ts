import type { Db, OrderedRow } from '@errand-dash/db';
import type { ChainProblem } from './chain-problem.ts';
import type { SealedSource } from './sealed-source.ts';

/** The first of these rows that breaks a rule of the source's own. */
export async function checkRows<Row extends OrderedRow>(
  db: Db,
  source: SealedSource<Row>,
  rows: readonly Row[],
  { headNumber, before }: { headNumber: number | null; before: number },
): Promise<ChainProblem | null> {
  const wrong = new Map((await source.check?.(db, rows))?.map(({ id, says }) => [id, says]));
  const index = rows.findIndex(({ id }) => wrong.has(id));
  const row = rows[index];
  if (row === undefined) return null;
  const position = before + index + 1;
  const says = `${source.noun} ${row.id}, number ${position}: ${wrong.get(row.id)}`;
  return { kind: 'row_wrong', headNumber, position, id: row.id, says };
}
