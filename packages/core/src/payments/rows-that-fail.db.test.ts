import { sql } from 'kysely';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { checkAllInvariants } from '../invariants.ts';
import { clockCall, type Sweep } from '../sweep.ts';
import { closeDrifts } from './reconciliation/drifts/close-drifts.sweep.ts';
import { requestReconciliation } from './reconciliation/runs/request-reconciliation.command.ts';
import { settleBookRows } from './reconciliation/settling/settle-book-rows.sweep.ts';
import {
  amountMinor,
  type BooksWorld,
  reconcileOnce,
  startBooksWorld,
} from './reconciliation/testing/books-world.ts';
import { makePayoutPerson, withdrawNow } from './testing/payout-person.ts';
import { checkTopUps } from './top-ups/check-top-ups.sweep.ts';
import { sendWithdrawals } from './withdrawals/send-withdrawals.sweep.ts';

let world: BooksWorld;
beforeEach(async () => {
  world = await startBooksWorld();
});
afterEach(async () => {
  expect(await checkAllInvariants(world.database.db)).toEqual([]);
  await world.close();
});

/** Makes every change of a row fail, and answers how to end that. */
async function spoil(table: string, column: string, value: string): Promise<() => Promise<void>> {
  const { owner } = world.database;
  await sql`create function spoilt() returns trigger language plpgsql as $$
    begin raise exception 'a demo failure'; end $$`.execute(owner);
  await sql`create trigger spoilt before update on ${sql.table(table)} for each row
    when (old.${sql.ref(column)} = ${sql.lit(value)}) execute function spoilt()`.execute(owner);
  return async () => void (await sql`drop function spoilt() cascade`.execute(owner));
}

/** Works one row at a time although the first always fails, and then the first. */
async function workPastFirst(sweep: Sweep, first: { table: string; column: string; value: string }) {
  const repair = await spoil(first.table, first.column, first.value);
  const told: unknown[] = [];
  const watched = { ...world.core, log: (...line: unknown[]) => void told.push(line) };
  expect(await sweep(watched, 1)).toBe(1);
  expect(JSON.stringify(told)).toContain(first.value);
  await repair();
  expect(await sweep(world.core, 1)).toBe(1);
  expect(await sweep(world.core, 1)).toBe(0);
}

describe('a row that always fails keeps none of those after it waiting', () => {
  test('of top-ups', async () => {
    const first = await world.payTopUp({ kind: 'webhook_drop' });
    await world.payTopUp({ kind: 'webhook_drop' });
    await world.pass(61);
    await workPastFirst(checkTopUps, { table: 'top_ups', column: 'id', value: first.id });
  });

  test('of withdrawals', async () => {
    await world.payTopUp();
    await world.payTopUp();
    await world.payTopUp();
    await world.live();
    const person = await makePayoutPerson(world.core, 'demo_runner', { fundsMinor: 50_000_00n });
    const first = await withdrawNow(world.core, person, amountMinor);
    await withdrawNow(world.core, person, amountMinor);
    await workPastFirst(sendWithdrawals, { table: 'withdrawals', column: 'id', value: first.id });
  });

  test('of drifts', async () => {
    await world.payTopUp({ kind: 'webhook_drop' });
    await world.payTopUp({ kind: 'webhook_drop' });
    await world.reconcile();
    const rows = await world.database.db
      .selectFrom('drifts')
      .select('id')
      .orderBy('next_attempt_at')
      .orderBy('id')
      .execute();
    const [first] = rows;
    expect(rows).toHaveLength(2);
    await workPastFirst(closeDrifts, { table: 'drifts', column: 'id', value: first?.id ?? '' });
  });

  test('of the rows by which our float follows the provider', async () => {
    await world.payTopUp();
    await world.payTopUp();
    await world.live();
    await requestReconciliation(world.core, clockCall('test'), {});
    while ((await reconcileOnce(world.core, 25)) > 0);
    const rows = await world.database.db
      .selectFrom('provider_book_rows')
      .select('row_id')
      .where('posted_at', 'is', null)
      .execute();
    const first = rows.map(({ row_id }) => Number(row_id)).toSorted((a, b) => a - b)[0];
    await workPastFirst(settleBookRows, {
      table: 'provider_book_rows',
      column: 'row_id',
      value: String(first),
    });
  });
});
