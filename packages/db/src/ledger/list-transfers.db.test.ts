import { sql } from 'kysely';
import { beforeAll, describe, expect, test } from 'vitest';
import type { Db } from '../transaction.ts';
import { accountId } from './account-id.ts';
import { listTransfers, type TransferFilter } from './list-transfers.ts';
import { post } from './post.ts';
import { sampleAccount, sampleSet, sampleSource } from './testing/sample-sets.ts';
import { useLedger } from './testing/use-ledger.ts';

const ledger = useLedger();
const { postOne, funded } = ledger;

describe('statement lines', () => {
  test('each line shows the balance after it, newest first, page by page', async () => {
    const account = await funded(1_000n);
    const payee = sampleAccount();
    for (let index = 0; index < 4; index += 1) await postOne(sampleSet([[account, payee, 100n]]));
    await postOne(
      sampleSet([
        [payee, account, 30n],
        [payee, account, 20n],
      ]),
    );
    const first = await listTransfers(ledger.database.db, { account, limit: 3 });
    const rest = await listTransfers(ledger.database.db, { account, limit: 100, before: first.next });
    const lines = [...first.transfers, ...rest.transfers];
    expect(
      lines.map(({ side, amountMinor, balanceMinor, version }) => [side, amountMinor, balanceMinor, version]),
    ).toEqual([
      ['credit', 20n, 650n, 7n],
      ['credit', 30n, 630n, 6n],
      ['debit', 100n, 600n, 5n],
      ['debit', 100n, 700n, 4n],
      ['debit', 100n, 800n, 3n],
      ['debit', 100n, 900n, 2n],
      ['credit', 1_000n, 1_000n, 1n],
    ]);
    expect(lines[0]?.counterpart).toEqual(payee);
    expect(lines[6]?.counterpart).toEqual(sampleSource());
    expect(rest.next).toBeNull();
  });

  test('an unguarded account is listed too, each transfer once', async () => {
    const fees = sampleAccount('fees', 'ZAR');
    for (let index = 1n; index <= 7n; index += 1n) {
      await postOne(
        sampleSet([
          [sampleSource('ZAR'), fees, index],
          [fees, sampleAccount('adjustments', 'ZAR'), 1n],
        ]),
      );
    }
    const seen: string[] = [];
    let before: string | null = null;
    do {
      const page = await listTransfers(ledger.database.db, { account: fees, limit: 4, before });
      seen.push(...page.transfers.map(({ id }) => id));
      before = page.next;
    } while (before !== null);
    expect(new Set(seen).size).toBe(14);
    expect(seen.length).toBe(14);
  });

  test('what is not wanted is left out, and the pages go on behind it', async () => {
    const account = await funded(1_000n);
    const [payee, fees] = [sampleAccount(), sampleAccount('fees')];
    const at = (hour: number) => new Date(Date.UTC(2026, 4, 1, hour));
    for (let hour = 0; hour < 12; hour += 1) {
      const kind = hour % 3 === 0 ? 'escrow.hold' : 'adjustment.post';
      const credit = hour % 2 === 0 ? payee : fees;
      await postOne(sampleSet([[account, credit, BigInt(hour + 1)]], { kind, postedAt: at(hour) }));
    }
    const hoursOf = async (filter: TransferFilter): Promise<number[]> => {
      const hours: number[] = [];
      let before: string | null = null;
      do {
        const page = await listTransfers(ledger.database.db, { account, limit: 2, before, filter });
        expect(page.transfers.length === 2 || page.next === null).toBe(true);
        hours.push(...page.transfers.map(({ amountMinor }) => Number(amountMinor) - 1));
        before = page.next;
      } while (before !== null);
      return hours;
    };
    expect(await hoursOf({ kinds: ['escrow.hold'] })).toEqual([9, 6, 3, 0]);
    expect(await hoursOf({ from: at(3), to: at(6) })).toEqual([5, 4, 3]);
    expect(await hoursOf({ counterparts: { ids: [accountId(payee)] }, to: at(6) })).toEqual([4, 2, 0]);
    expect(await hoursOf({ counterparts: { purposes: ['fees'] }, from: at(6) })).toEqual([11, 9, 7]);
    expect(await hoursOf({ counterparts: { ids: [accountId(payee)], purposes: ['fees'] } })).toHaveLength(12);
    expect(await hoursOf({ kinds: [], counterparts: {} })).toEqual([]);
  });

  test('a cursor of something else is no cursor', async () => {
    await expect(
      listTransfers(ledger.database.db, { account: sampleAccount(), limit: 5, before: 'x' }),
    ).rejects.toThrow(TypeError);
    await expect(
      listTransfers(ledger.database.db, { account: sampleSource(), limit: 5, before: '12' }),
    ).rejects.toThrow(TypeError);
  });
});

describe('a page of an account with many lines', () => {
  const [guarded, unguarded] = [sampleAccount(), sampleAccount('receivable')];
  beforeAll(async () => {
    const sets = Array.from({ length: 4_000 }, () => sampleSet([[unguarded, guarded, 1n]]));
    await post(ledger.database.db, sets);
    await sql`analyze transfers`.execute(ledger.database.owner);
  });

  test.each([
    ['guarded', guarded],
    ['unguarded', unguarded],
  ])('reads no others: %s', async (_, account) => {
    const page = (before: string | null) => ({ account, limit: 10, before });
    const rows = await ledger.database.owner.connection().execute(async (connection) => {
      const before = await rowsRead(connection);
      const { next } = await listTransfers(connection, page(null));
      await listTransfers(connection, page(next));
      return (await rowsRead(connection)) - before;
    });
    expect(rows).toBeLessThan(200);
  });
});

/** How many rows of the ledger were read since the statistics began. */
async function rowsRead(connection: Db): Promise<number> {
  // What this connection counted is else told once a second.
  await sql`select pg_stat_force_next_flush()`.execute(connection);
  await sql`select pg_stat_clear_snapshot()`.execute(connection);
  const { rows } = await sql<{ read: bigint }>`
    select seq_tup_read + idx_tup_fetch as read from pg_stat_user_tables where relname = 'transfers'`.execute(
    connection,
  );
  return Number(rows[0]?.read);
}
