import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { PostErrand } from '@errand-dash/contract';
import {
  type AccountName,
  accountId,
  createDb,
  createPool,
  type Db,
  listTransfers,
  migrateJobs,
  post,
  readBalances,
  type TransferSet,
  trialBalance,
} from '@errand-dash/db';
import {
  contentsOf,
  createSecondDatabase,
  type DatabaseContents,
  type DumpFormat,
  dumpDatabase,
  restoreDatabase,
  type SecondDatabase,
  schemaOf,
  untilSettled,
} from '@errand-dash/db/testing';
import { sql } from 'kysely';
import { v7 } from 'uuid';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { checkDatabase } from './check-database.ts';
import type { Call } from './claim.ts';
import { confirmErrand, postErrand } from './errands/index.ts';
import { type ErrandScene, errandIn, errandInput } from './errands/testing/index.ts';
import { checkAllInvariants } from './invariants.ts';
import { deliverNotices, listNotices } from './notices/index.ts';
import { startTopUp } from './payments/index.ts';
import { amount, type PayoutWorld, startPayoutWorld } from './payments/testing/payout-world.ts';
import { findHeads, ledgerSource, type SignedHead, verifyChain } from './seals/index.ts';
import type { CoreSettings } from './settings.ts';
import { sweeps } from './sweeps.ts';
import { fundWallet } from './testing/fund-wallet.ts';
import { refusalOf } from './testing/refusal-of.ts';
import { makeTestUser, moveClock, type TestCore, type TestUser } from './testing/test-core.ts';
import { getStatement } from './wallet/index.ts';

const day = 86_400;
const fees: AccountName = { purpose: 'fees', ownerId: null, currency: 'NGN' };

/** A database in which everything was going on when it was dumped. */
interface Busy {
  world: PayoutWorld;
  scene: ErrandScene;
  /** A call that was answered, and may be made again. */
  asked: { call: Call; input: PostErrand; answer: Awaited<ReturnType<typeof postErrand>> };
  /** Posted, without a command. */
  set: TransferSet;
  completed: Awaited<ReturnType<typeof errandIn>>;
  withdrawing: Awaited<ReturnType<PayoutWorld['start']>>;
}

let folder: string;
let busy: Busy;
let before: {
  contents: DatabaseContents;
  schema: string;
  heads: SignedHead[];
  feesLines: string[];
  feesNext: string;
  adaNext: string;
};
const dumpFile = (format: DumpFormat) => path.join(folder, `${format}.dump`);

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'errand-dash-dump-'));
  busy = await makeBusy();
  const { database } = busy.world;
  const lines = await listTransfers(database.db, { account: fees, limit: 2 });
  const page = await statementOf(busy.scene.core, busy.scene.ada, undefined);
  before = {
    contents: await contentsOf(database.owner),
    schema: await schemaOf(database.ownerUrl),
    heads: (await verify(database.db)).heads,
    feesLines: await idsOf(database.db, fees),
    feesNext: lines.next ?? '',
    adaNext: page.nextCursor ?? '',
  };
  for (const format of ['custom', 'plain'] as const) {
    await dumpDatabase(database.ownerUrl, format, dumpFile(format));
  }
}, 180_000);
afterAll(async () => {
  await busy?.world.close();
  await rm(folder, { recursive: true, force: true });
});

async function makeBusy(): Promise<Busy> {
  const world = await startPayoutWorld();
  const { database, provider } = world;
  await migrateJobs({ ownerUrl: database.ownerUrl, queues: Object.keys(sweeps) });
  // A sender may confirm as many errands as he likes, and what is posted is sealed at once.
  const freely = { signatureRollingFromMinor: 1_000_000_000_00n, sealAfterSeconds: 0 };
  const core = { ...world.core, policy: { ...world.core.policy, ...freely } };
  // Transaction ids of the cluster that it is restored into are far below those of its rows.
  await sql`do $$ begin for i in 1 .. 20000 loop perform pg_current_xact_id(); commit; end loop; end $$`.execute(
    database.owner,
  );
  const [ada, bayo, chidi, stranger] = await Promise.all([
    makeTestUser(core, 'demo_ada', ['sender']),
    makeTestUser(core, 'demo_bayo', ['runner']),
    makeTestUser(core, 'demo_chidi', ['runner']),
    makeTestUser(core, 'demo_stranger'),
  ]);
  const scene: ErrandScene = { database, core, ada, bayo, chidi, stranger };
  await fundWallet(core, ada.userId, 100_000_000n);
  for (let count = 0; count < 5; count += 1) await errandIn(scene, 'confirmed');
  for (const state of ['accepted', 'started', 'cancelled'] as const) await errandIn(scene, state);
  const topUp = { amountMinor: amount, currency: 'NGN', email: 'ada@example.test' } as const;
  const { checkoutUrl } = await startTopUp(core, ada.call(), topUp);
  await provider.act(checkoutUrl, 'pay');
  await provider.deliver();
  const withdrawing = await world.start('success');
  await untilSettled(database.db);
  await sweepUntilQuiet(core);
  // From here on people have not been told yet.
  const completed = await errandIn(scene, 'completed');
  const input = await errandInput(scene);
  const call = ada.call();
  const set = correction(ada.userId);
  await post(database.db, [set]);
  return {
    ...{ world, scene, completed, withdrawing, set },
    asked: { call, input, answer: await postErrand(core, call, input) },
  };
}

async function verify(db: Db, known: readonly SignedHead[] = []) {
  const report = await verifyChain(db, ledgerSource, { keys: busy.scene.core.seals.keys, known });
  expect(report.problem).toBeNull();
  return { report, heads: await findHeads(db, { chain: 'ledger', after: 0, limit: 1000 }) };
}

const correction = (userId: string): TransferSet => ({
  kind: 'adjustment.post',
  cause: { type: 'test', id: userId },
  authority: { kind: 'provider', reference: 'demo provider' },
  postedAt: new Date(),
  transfers: [
    {
      id: v7(),
      debit: { purpose: 'adjustments', ownerId: null, currency: 'NGN' },
      credit: { purpose: 'available', ownerId: userId, currency: 'NGN' },
      amountMinor: 7n,
    },
  ],
});

/** All that a worker does, until nothing more is due. */
async function sweepUntilQuiet(core: TestCore): Promise<void> {
  for (let turn = 0; turn < 200; turn += 1) {
    let worked = 0;
    for (const sweep of Object.values(sweeps)) worked += await sweep(core, 100);
    if (worked === 0) return;
  }
  throw new Error('the sweeps do not come to rest');
}

async function idsOf(db: Db, account: AccountName): Promise<string[]> {
  const { transfers } = await listTransfers(db, { account, limit: 1000 });
  return transfers.map(({ id }) => id);
}

const statementOf = (core: TestCore, person: TestUser, cursor: string | undefined) =>
  getStatement(core, person.call(), {
    ...{ currency: 'NGN', account: { purpose: 'available' }, limit: 3 },
    ...(cursor === undefined ? {} : { cursor }),
  });

const connect = (url: string): Db =>
  createDb(
    createPool({
      ...{ url, applicationName: 'errand-dash-restored', connectionsMax: 4 },
      ...{ statementTimeoutSeconds: 20, waitSecondsMax: 20 },
    }),
  );

/** The copy in the other cluster, for the tests of one format. */
function useCopy(format: DumpFormat) {
  let second: SecondDatabase;
  let db: Db;
  let owner: Db;
  beforeAll(async () => {
    second = await createSecondDatabase();
    await restoreDatabase(second.ownerUrl, format, dumpFile(format));
    db = connect(second.applicationUrl);
    owner = connect(second.ownerUrl);
  }, 120_000);
  afterAll(async () => {
    await Promise.all([db?.destroy(), owner?.destroy()]);
    await second?.drop();
  });
  return {
    url: () => second.ownerUrl,
    db: () => db,
    owner: () => owner,
    core: (): TestCore => ({ ...busy.scene.core, db }),
  };
}

describe.each(['custom', 'plain'] as const)(
  'a dump in the format %s, restored into another cluster',
  (format) => {
    const copy = useCopy(format);

    test('has every row of every table, every sequence, function, trigger, index and right', async () => {
      const contents = await contentsOf(copy.owner());
      expect(contents).toEqual(before.contents);
      expect(await schemaOf(copy.url())).toBe(before.schema);
      const tables = Object.values(contents.tables);
      const rows = tables.reduce((sum, table) => sum + table.rows, 0);
      const sequences = Object.keys(contents.sequences).length;
      console.info(`restored: ${tables.length} tables, ${rows} rows, ${sequences} sequences (${format})`);
      expect(contents.tables['public.transfers']?.rows).toBeGreaterThan(20);
    });

    test('has the same balances, and books that sum to zero', async () => {
      const all = async (db: Db) => {
        const named = await db
          .selectFrom('accounts')
          .select(['purpose', 'owner_id', 'currency'])
          .orderBy('id')
          .execute();
        const accounts = named.map(({ purpose, owner_id, currency }) => ({
          purpose,
          ownerId: owner_id,
          currency,
        }));
        return { accounts, balances: await readBalances(db, accounts as AccountName[]) };
      };
      expect(await all(copy.db())).toEqual(await all(busy.world.database.db));
      const lines = await trialBalance(copy.db());
      expect(lines).toEqual(await trialBalance(busy.world.database.db));
      expect(lines.reduce((sum, { totalMinor }) => sum + totalMinor, 0n)).toBe(0n);
      expect(await checkAllInvariants(copy.db())).toEqual([]);
    });

    test('has rows from transactions that this cluster has not come to', async () => {
      const { rows } = await sql<{ is_ahead: boolean }>`
      select max(transaction_id) > pg_snapshot_xmax(pg_current_snapshot()) as is_ahead from transfers`.execute(
        copy.db(),
      );
      expect(rows).toEqual([{ is_ahead: true }]);
    });
  },
);

describe('life goes on in the copy', () => {
  const copy = useCopy('custom');
  const settings = { NODE_ENV: 'production', CLOCK: 'virtual' } as CoreSettings;

  beforeAll(async () => {
    await moveClock(copy.owner(), 1);
    await checkDatabase(copy.core(), settings);
    busy.world.provider.deliverTo(copy.core());
  });

  test('a call that was answered is answered the same again, and nothing happens twice', async () => {
    const { call, input, answer } = busy.asked;
    expect(await postErrand(copy.core(), call, input)).toEqual(answer);
    expect(
      await refusalOf(postErrand(copy.core(), call, { ...input, title: 'Another title' })),
    ).toMatchObject({
      code: 'IDEMPOTENCY_KEY_REUSED',
    });
    const changed = { ...busy.set, cause: { type: 'test', id: 'another' } };
    expect(await post(copy.db(), [busy.set, changed])).toEqual([
      { outcome: 'replayed' },
      { outcome: 'refused', rule: 'transfer_id_reused' },
    ]);
    expect(await idsOf(copy.db(), fees)).toEqual(before.feesLines);
  });

  test('new lines come before the old ones, and pages go on where they were', async () => {
    const { ada } = busy.scene;
    const former = await statementOf(busy.scene.core, ada, before.adaNext);
    const earning = await confirmErrand(copy.core(), ada.call(), { errandId: busy.completed.errandId });
    expect(earning.state).toBe('confirmed');
    expect(await post(copy.db(), [correction(ada.userId)])).toEqual([{ outcome: 'posted' }]);
    expect(await statementOf(copy.core(), ada, before.adaNext)).toMatchObject({ lines: former.lines });
    const [latest] = (await statementOf(copy.core(), ada, undefined)).lines;
    expect(latest).toMatchObject({ kind: 'adjustment.post', amountMinor: 7n });

    const lines = await idsOf(copy.db(), fees);
    expect(lines.length).toBe(before.feesLines.length + 1);
    expect(lines.slice(1)).toEqual(before.feesLines);
    const { transfers } = await listTransfers(copy.db(), {
      account: fees,
      before: before.feesNext,
      limit: 1000,
    });
    expect(transfers.map(({ id }) => id)).toEqual(before.feesLines.slice(2));
  });

  test('people are told what they were not told before the dump, in order and without a gap', async () => {
    while ((await deliverNotices(copy.core(), 2)) > 0);
    const page = { unreadOnly: false, limit: 100 };
    const { notices } = await listNotices(copy.core(), busy.scene.ada.call(), page);
    expect(notices.map(({ number }) => number)).toEqual(notices.map((_, index) => notices.length - index));
    const times = notices.map(({ occurredAt }) => occurredAt.getTime());
    expect(times).toEqual(times.toSorted((a, b) => b - a));
    const about = notices.filter(({ subject }) => subject.id === busy.completed.errandId);
    expect(about.map(({ event }) => event)).toContain('errand.completed');
  });

  test('what was on its way arrives once, and the books are right after days of it', async () => {
    const { provider } = busy.world;
    for (const seconds of [60, 3600, day, day, day]) {
      await moveClock(copy.owner(), seconds);
      provider.moveClock(seconds);
      await provider.deliver();
      await sweepUntilQuiet(copy.core());
    }
    const { person, withdrawal } = busy.withdrawing;
    const ended = await copy
      .db()
      .selectFrom('withdrawals')
      .select('state')
      .where('id', '=', withdrawal.id)
      .execute();
    expect(ended).toEqual([{ state: 'paid' }]);
    expect(person.userId).not.toBe('');
    expect(await busy.world.transfersOf(withdrawal)).toBe(1);
    expect(await checkAllInvariants(copy.db())).toEqual([]);
  });

  test('sealing and folding have gone on, and balances that nothing guards are the sums of their lines', async () => {
    await untilSettled(copy.db());
    await sweepUntilQuiet(copy.core());
    const { report, heads } = await verify(copy.db(), before.heads);
    expect(report.unsealed).toBe(0);
    expect(heads.slice(0, before.heads.length)).toEqual(before.heads);
    expect(heads.length).toBeGreaterThan(before.heads.length);
    const { rows } = await sql<{ epoch: number; transfers: bigint }>`
      select number as epoch, transfers from write_epochs, account_checkpoints
        where account_id = ${accountId(fees)}::uuid`.execute(copy.db());
    const { transfers } = await listTransfers(copy.db(), { account: fees, limit: 1000 });
    expect(rows).toEqual([{ epoch: 1, transfers: BigInt(transfers.length) }]);
    const sum = transfers.reduce(
      (minor, { side, amountMinor }) => minor + (side === 'credit' ? amountMinor : -amountMinor),
      0n,
    );
    expect(await readBalances(copy.db(), [fees])).toEqual([sum]);
  });
});
