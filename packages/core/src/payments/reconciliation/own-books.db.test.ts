import { createDb, createPool, type LedgerInvariant } from '@errand-dash/db';
import { sql } from 'kysely';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { checkAllInvariants } from '../../invariants.ts';
import { clockCall, type TestCore } from '../../testing/test-core.ts';
import { createReconcile } from './reconcile.sweep.ts';
import { getReconciliationReport } from './reporting/get-reconciliation-report.query.ts';
import { presentReport } from './reporting/report-json.rules.ts';
import { writeReport } from './reporting/report-text.rules.ts';
import { claimRun } from './runs/claim-run.command.ts';
import { releaseRun } from './runs/release-run.command.ts';
import { requestReconciliation } from './runs/request-reconciliation.command.ts';
import { whileHeld } from './runs/while-held.ts';
import { type BooksWorld, onServer, startBooksWorld } from './testing/books-world.ts';

let world: BooksWorld;
beforeEach(async () => {
  world = await startBooksWorld();
});
afterEach(async () => {
  const violations = await checkAllInvariants(world.database.db);
  await world.close();
  expect(violations).toEqual([]);
});

const call = clockCall('reconciliation.run');
const keeps: LedgerInvariant = { name: 'is_kept', sql: 'select 1 as one where false' };
const breaks: LedgerInvariant = { name: 'is_broken', sql: 'select 1 as one' };
/** Waits until nobody has the lock, and then offends nobody. */
const waits: LedgerInvariant = {
  name: 'waits',
  sql: `select 1 as one where pg_advisory_xact_lock(4711) is null`,
};

/** Reconciles once, to the end of the run. */
async function reconcile(core: TestCore, invariants: LedgerInvariant[]): Promise<void> {
  await requestReconciliation(core, call, {});
  const sweep = createReconcile(invariants);
  while ((await sweep(core, 25)) > 0);
}
const withReconciliation = (given: Partial<TestCore['policy']['reconciliation']>): TestCore => {
  const { policy } = world.core;
  return { ...world.core, policy: { ...policy, reconciliation: { ...policy.reconciliation, ...given } } };
};
const openRules = async () => (await world.openDrifts()).map(({ objects }) => objects.invariant);
const leases = async () =>
  (
    await world.database.db
      .selectFrom('reconciliation_runs')
      .select(['leased_until', 'finished_at'])
      .orderBy('id')
      .execute()
  ).map((row) => ({ leasedUntil: row.leased_until, isFinished: row.finished_at !== null }));

/** Holds what {@link waits} waits for, until the work is over. */
const whileLocked = (work: () => Promise<void>): Promise<void> =>
  world.database.owner.transaction().execute(async (tx) => {
    await sql`select pg_advisory_xact_lock(4711)`.execute(tx);
    await work();
  });

describe('the rules of our own books', () => {
  test('are checked by a transaction that writes nothing, so that no fold and no seal waits for it', async () => {
    const isWritten = {
      name: 'is_read_only',
      sql: 'select 1 as one where pg_current_xact_id_if_assigned() is not null',
    };
    await reconcile(world.core, [isWritten, breaks]);
    expect(await openRules()).toEqual(['is_broken']);
    await reconcile(world.core, [keeps]);
    expect(await openRules()).toEqual([]);
  });

  test('have their own time, however little the pool gives any statement', async () => {
    const pool = createPool({
      url: world.database.applicationUrl,
      connectionsMax: 4,
      preparesStatements: true,
      applicationName: 'test-impatient',
      statementTimeoutSeconds: 1,
      waitSecondsMax: 10,
    });
    const db = createDb(pool);
    try {
      const slow = { name: 'is_slow', sql: 'select 1 as one where pg_sleep(1.3) is null' };
      await reconcile({ ...world.core, db }, [slow, breaks]);
    } finally {
      await db.destroy();
    }
    expect(await openRules()).toEqual(['is_broken']);
    const report = await getReconciliationReport(world.core, onServer, {});
    expect(presentReport(report)).toMatchObject({ isComplete: true });
  });

  test('that take too long are told and left out, and the run ends, so that the books are read again', async () => {
    await reconcile(world.core, [{ ...breaks, name: 'waits' }]);
    expect(await openRules()).toEqual(['waits']);
    const told: unknown[] = [];
    const hurried = {
      ...withReconciliation({ invariantTimeoutSeconds: 0.05 }),
      log: (...line: unknown[]) => void told.push(line),
    };
    await whileLocked(() => reconcile(hurried, [waits, breaks]));
    expect(told).toContainEqual([
      'error',
      expect.stringContaining('not checked'),
      { invariant: 'waits', error: '57014' },
    ]);
    // What was found of the rule before is not taken for mended.
    expect((await openRules()).toSorted()).toEqual(['is_broken', 'waits']);
    expect((await leases()).map(({ isFinished }) => isFinished)).toEqual([true, true, false]);
    const report = await getReconciliationReport(world.core, onServer, {});
    expect(writeReport(report)).toContain('NOT COMPARED: the rules of our own books: not checked: waits\n');
    expect(presentReport(report)).toMatchObject({ isComplete: false, notRead: [] });
    await reconcile(world.core, [waits, keeps]);
    expect(await openRules()).toEqual([]);
  });

  test('keep nothing of the others open, where one is never checked in time', async () => {
    await reconcile(world.core, [{ ...breaks, name: 'waits' }, { ...breaks, name: 'is_mended' }, breaks]);
    const hurried = withReconciliation({ invariantTimeoutSeconds: 0.05 });
    const mended = { ...keeps, name: 'is_mended' };
    await whileLocked(() => reconcile(hurried, [waits, mended, breaks]));
    expect((await openRules()).toSorted()).toEqual(['is_broken', 'waits']);
  });

  test('that cannot be answered are told and left out likewise', async () => {
    const asks = { name: 'asks_nobody', sql: 'select 1 as one from no_such_table' };
    await reconcile(world.core, [asks, { name: 'divides', sql: 'select 1 / 0 as one' }, breaks]);
    expect(await openRules()).toEqual(['is_broken']);
    expect((await leases()).map(({ isFinished }) => isFinished)).toEqual([true, false]);
    const report = await getReconciliationReport(world.core, onServer, {});
    expect(writeReport(report)).toContain('not checked: asks_nobody, divides');
  });

  test('keep the run from others for as long as it takes, and let it go when the process stops', async () => {
    const held = withReconciliation({ leaseSeconds: 1 });
    let isStopping = false;
    let ended: Promise<number> = Promise.resolve(0);
    await whileLocked(async () => {
      await requestReconciliation(held, call, {});
      ended = createReconcile([waits, breaks])(held, 25, () => isStopping);
      ended.catch(() => undefined);
      const steps = () =>
        world.database.db
          .selectFrom('reconciliation_steps')
          .where('done_at', 'is not', null)
          .selectAll()
          .execute();
      await expect.poll(async () => (await steps()).length, { timeout: 10_000 }).toBe(8);
      const [first] = await leases();
      const isExtended = async () => ((await leases())[0]?.leasedUntil ?? 0) > (first?.leasedUntil ?? 0);
      await expect.poll(isExtended, { timeout: 10_000 }).toBe(true);
      expect(await claimRun(held, call, {})).toBeNull();
      isStopping = true;
    });
    expect(await ended).toBe(8);
    expect(await leases()).toEqual([{ leasedUntil: null, isFinished: false }]);
    expect(await openRules()).toEqual([]);
    await reconcile(world.core, [breaks]);
    expect(await openRules()).toEqual(['is_broken']);
  });

  test('let the run go only once its lease is extended no more', async () => {
    await requestReconciliation(world.core, call, {});
    const run = await claimRun(world.core, call, {});
    if (run === null) throw new Error('nobody else has the run');
    const { db, owner } = world.database;
    const countWaiting = async () => {
      const { rows } = await sql<{ count: bigint }>`select count(*) as count from pg_stat_activity
        where datname = current_database() and wait_event_type = 'Lock'`.execute(db);
      return Number(rows[0]?.count ?? 0);
    };
    let isGivenBack = false;
    let ended: Promise<void> = Promise.resolve();
    await owner.transaction().execute(async (tx) => {
      await sql`select 1 from reconciliation_runs where id = ${run.runId} for update`.execute(tx);
      let finish = () => {};
      const work = new Promise<void>((resolve) => {
        finish = resolve;
      });
      ended = whileHeld(withReconciliation({ leaseSeconds: 0.3 }), run, () => work).then(() => {
        isGivenBack = true;
      });
      await expect.poll(countWaiting, { timeout: 10_000 }).toBe(1);
      finish();
      expect(await countWaiting()).toBe(1);
      expect(isGivenBack).toBe(false);
    });
    await ended;
    await releaseRun(world.core, call, { run });
    expect(await leases()).toEqual([{ leasedUntil: null, isFinished: false }]);
  });
});
