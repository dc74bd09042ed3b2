import { sql } from 'kysely';
import { beforeEach, describe, expect, test } from 'vitest';
import { createTestDatabase, type TestDatabase } from '../../testing/index.ts';
import { checkInvariants } from '../ledger-invariants.ts';
import { post } from '../post.ts';
import { readBalances } from '../read-balances.ts';
import { restoreElsewhere } from '../testing/restore-elsewhere.ts';
import { sampleAccount, sampleSet, sampleSource } from '../testing/sample-sets.ts';
import { untilSettled } from '../testing/until-settled.ts';
import { trialBalance } from '../trial-balance.ts';
import { beginEpoch, foldBalances } from './fold-balances.ts';

let database: TestDatabase;
beforeEach(async () => {
  database = await createTestDatabase();
  return async () => {
    try {
      expect(await checkInvariants(database.db)).toEqual([]);
    } finally {
      await database.drop();
    }
  };
});

const float = sampleSource();
const fees = sampleAccount('fees');

/** Money in, of which a tenth are fees, once for each amount. */
async function takeIn(amounts: readonly bigint[]): Promise<void> {
  const person = sampleAccount();
  for (const amountMinor of amounts) {
    const [answer] = await post(database.db, [
      sampleSet([
        [float, person, amountMinor],
        [person, fees, amountMinor / 10n],
      ]),
    ]);
    expect(answer).toEqual({ outcome: 'posted' });
  }
}

const foldAll = async () => {
  await untilSettled(database.db);
  let total = 0;
  for (let folded = 1; folded > 0; total += folded) folded = await foldBalances(database.db, 3);
  return total;
};
const balances = () => readBalances(database.db, [float, fees]);
const covered = async () => {
  const { rows } = await sql<{ transfers: bigint }>`
    select coalesce(sum(transfers), 0)::bigint as transfers from account_checkpoints`.execute(database.db);
  return rows[0]?.transfers;
};

describe('folding', () => {
  test('leaves every balance as it was, and takes each transfer once', async () => {
    await takeIn([1000n, 2000n, 3000n]);
    expect(await balances()).toEqual([-6000n, 600n]);
    expect(await foldAll()).toBe(6);
    expect(await covered()).toBe(6n);
    expect(await balances()).toEqual([-6000n, 600n]);
    await takeIn([500n]);
    expect(await balances()).toEqual([-6500n, 650n]);
    expect(await foldAll()).toBe(2);
    expect(await foldAll()).toBe(0);
    expect(await balances()).toEqual([-6500n, 650n]);
    expect((await trialBalance(database.db)).map(({ purpose, totalMinor }) => [purpose, totalMinor])).toEqual(
      [
        ['available', 5850n],
        ['fees', 650n],
        ['float', -6500n],
      ],
    );
  });

  test('keeps to about as many as it was asked for, after a gap in the numbers of transactions too', async () => {
    await takeIn([1000n]);
    await restoreElsewhere(database);
    expect(await beginEpoch(database.db)).toBe(true);
    for (let posted = 0; posted < 600; posted += 1) await takeIn([10n]);
    await untilSettled(database.db);
    const folds: number[] = [];
    for (let folded = 1; folded > 0; folds.push(folded)) folded = await foldBalances(database.db, 3);
    expect(folds.reduce((sum, folded) => sum + folded, 0)).toBe(1202);
    // A stretch of 512 transactions, of two transfers each.
    expect(Math.max(...folds)).toBeLessThanOrEqual(1024);
    expect(await covered()).toBe(1202n);
  });

  test('a post that is held open across a fold is lost by nobody', async () => {
    await takeIn([1000n]);
    let finish: () => void = () => undefined;
    const held = new Promise<void>((resolve) => {
      finish = resolve;
    });
    const { promise: isPosted, resolve: setPosted } = Promise.withResolvers<void>();
    const late = database.db.transaction().execute(async (tx) => {
      await post(tx, [sampleSet([[float, sampleAccount(), 70n]])]);
      setPosted();
      await held;
    });
    await isPosted;
    // Begins later and commits sooner, which is what a bare horizon would trip over.
    await takeIn([2000n]);
    while ((await foldBalances(database.db, 1000)) > 0);
    expect(await covered()).toBeLessThanOrEqual(2n);
    expect(await balances()).toEqual([-3000n, 300n]);
    finish();
    await late;
    expect(await balances()).toEqual([-3070n, 300n]);
    await foldAll();
    expect(await covered()).toBe(5n);
    expect(await balances()).toEqual([-3070n, 300n]);
  });

  test('several workers fold each transfer once, while others post and everybody reads', async () => {
    const posting = Promise.all(Array.from({ length: 4 }, () => takeIn(Array(10).fill(100n))));
    const reading = Promise.all(
      Array.from({ length: 20 }, async () => {
        const lines = await trialBalance(database.db);
        expect(lines.reduce((sum, { totalMinor }) => sum + totalMinor, 0n)).toBe(0n);
      }),
    );
    const folding = Promise.all(
      Array.from({ length: 4 }, async () => {
        for (let turn = 0; turn < 10; turn += 1) await foldBalances(database.db, 5);
      }),
    );
    await Promise.all([posting, reading, folding]);
    await foldAll();
    expect(await covered()).toBe(80n);
    expect(await balances()).toEqual([-4000n, 400n]);
  });

  test('a fold that comes while another is not committed waits, and takes nothing twice', async () => {
    await takeIn([1000n, 2000n]);
    await untilSettled(database.db);
    const second = await database.db.transaction().execute(async (tx) => {
      expect(await foldBalances(tx, 100)).toBe(4);
      const waiting = foldBalances(database.db, 100);
      await untilWaiting();
      return { waiting };
    });
    expect(await second.waiting).toBe(0);
    expect(await covered()).toBe(4n);
  });

  /** Until somebody in this database waits for a lock. */
  const untilWaiting = () =>
    expect
      .poll(
        async () => {
          const { rows } = await sql`select from pg_stat_activity
          where datname = current_database() and wait_event_type = 'Lock'`.execute(database.db);
          return rows.length;
        },
        { timeout: 10_000 },
      )
      .toBe(1);

  test('the application may fold, and write no checkpoint of its own', async () => {
    await takeIn([1000n]);
    await foldAll();
    for (const statement of [
      sql`update account_checkpoints set balance_minor = 0`,
      sql`update checkpoint_horizon set below = 0`,
      sql`update write_epochs set base = 1`,
      sql`insert into ordered_tables values ('users')`,
      sql`select keep_in_order('users')`,
    ]) {
      await expect(statement.execute(database.db)).rejects.toThrow(/permission denied/);
    }
  });

  test('a checkpoint that was tampered with is found', async () => {
    await takeIn([1000n]);
    await foldAll();
    await sql`update account_checkpoints set balance_minor = balance_minor + 1 where balance_minor > 0`.execute(
      database.owner,
    );
    expect((await checkInvariants(database.db)).map(({ invariant }) => invariant)).toEqual([
      'balances_sum_to_zero',
      'checkpoint_equals_what_it_covers',
      'unguarded_balance_equals_its_recomputation',
    ]);
    await sql`update account_checkpoints set balance_minor = balance_minor - 1 where balance_minor > 0`.execute(
      database.owner,
    );
  });
});

describe('a restored copy', () => {
  test('reads the same balances before and after its new epoch, and folds on', async () => {
    await takeIn([1000n, 2000n]);
    await foldAll();
    await takeIn([4000n]);
    await restoreElsewhere(database);
    expect(await balances()).toEqual([-7000n, 700n]);
    await takeIn([8000n]);
    expect(await balances()).toEqual([-15000n, 1500n]);
    expect(await beginEpoch(database.db)).toBe(true);
    expect(await beginEpoch(database.db)).toBe(false);
    expect(await balances()).toEqual([-15000n, 1500n]);
    await takeIn([16_000n]);
    expect(await balances()).toEqual([-31_000n, 3100n]);
    expect(await foldAll()).toBe(10);
    expect(await covered()).toBe(10n);
    expect(await balances()).toEqual([-31_000n, 3100n]);
  });

  test('is noticed also where the transaction that restored it has the very number of the original’s', async () => {
    const isTrusted = async () =>
      (await sql<{ trusted: boolean }>`select settled_below() is not null as trusted`.execute(database.db))
        .rows[0]?.trusted;
    await takeIn([1000n]);
    await foldAll();
    expect(await isTrusted()).toBe(true);
    await sql`update write_epochs set written_by = pg_current_xact_id(), written_in = 12345`.execute(
      database.owner,
    );
    expect(await isTrusted()).toBe(false);
    expect(await balances()).toEqual([-1000n, 100n]);
    expect(await beginEpoch(database.db)).toBe(true);
    expect(await isTrusted()).toBe(true);
    expect(await beginEpoch(database.db)).toBe(false);
  });

  test('keeps its rows in the order in which they were written', async () => {
    await takeIn([1000n, 2000n]);
    await restoreElsewhere(database);
    await takeIn([3000n]);
    await beginEpoch(database.db);
    await takeIn([4000n]);
    const { rows } = await sql<{ amount_minor: bigint }>`
      select amount_minor from transfers where debit_version is null order by transaction_id, id`.execute(
      database.db,
    );
    expect(rows.map(({ amount_minor }) => amount_minor)).toEqual([1000n, 2000n, 3000n, 4000n]);
  });

  test('may be restored again, and folding begins the epoch where nobody did', async () => {
    await takeIn([1000n]);
    for (let times = 0; times < 3; times += 1) {
      await restoreElsewhere(database);
      await takeIn([1000n]);
      await foldAll();
      await takeIn([1000n]);
    }
    expect(await balances()).toEqual([-7000n, 700n]);
    const { rows } = await sql<{ number: number }>`select number from write_epochs`.execute(database.db);
    expect(rows).toEqual([{ number: 3 }]);
  });

  test('begins its epoch once, however many ask', async () => {
    await takeIn([1000n]);
    await restoreElsewhere(database);
    const begun = await Promise.all([
      takeIn([1000n]),
      ...Array.from({ length: 6 }, () => beginEpoch(database.db)),
    ]);
    expect(begun.filter((answer) => answer === true)).toHaveLength(1);
    expect(await balances()).toEqual([-2000n, 200n]);
  });
});
