import { randomInt } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Kysely } from 'kysely';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createDb, createPool } from '../pool.ts';
import type { Database } from '../tables/database.ts';
import { type FaultyCluster, startFaultyCluster } from '../testing/faulty-cluster.ts';
import { seededRandom } from '../testing/seeded-random.ts';
import { isConnectionLost } from '../transaction.ts';
import { type AccountName, accountId } from './account-id.ts';
import { checkInvariants } from './ledger-invariants.ts';
import { readBalances } from './read-balances.ts';
import { type Asked, type Bank, fundBank, openBank, workAsClient } from './testing/bank.ts';
import type { TransferSet } from './transfer-set.ts';

const seconds = Number(process.env.FAULT_SECONDS || 60);
const seed = Number(process.env.FAULT_SEED || randomInt(2 ** 31));
const CLIENTS = 32;
const READERS = 4;
const ACCOUNTS = 50;

let cluster: FaultyCluster;
let db: Kysely<Database>;
beforeAll(async () => {
  cluster = await startFaultyCluster();
  db = connect();
}, 120_000);
afterAll(async () => {
  await db?.destroy();
  await cluster?.remove();
});

const connect = (): Kysely<Database> =>
  createDb(
    createPool({
      url: cluster.applicationUrl,
      applicationName: 'errand-dash-bank',
      connectionsMax: CLIENTS + READERS,
      statementTimeoutSeconds: 20,
      waitSecondsMax: 60,
    }),
  );

/** The sums and the lowest balances that readers saw. */
interface Seen {
  reads: number;
  sums: Set<bigint>;
  lowestMinor: bigint;
}

test(
  'money is neither made nor lost while connections are ended and the server crashes',
  async () => {
    const bank = openBank(ACCOUNTS);
    await fundBank(db, bank, 1000n);
    const endsAt = performance.now() + seconds * 1000;
    const isOver = () => performance.now() > endsAt;
    const seen: Seen = { reads: 0, sums: new Set(), lowestMinor: 0n };
    const faults = { terminated: 0, restarts: 0 };
    await Promise.all([
      ...Array.from({ length: CLIENTS }, (_, index) =>
        workAsClient(db, bank, seededRandom(seed + index), isOver),
      ),
      ...Array.from({ length: READERS }, () => read(bank, seen, isOver)),
      hurt(faults, isOver),
    ]);
    // Some of the old connections are dead without anybody knowing.
    await db.destroy();
    db = connect();
    const posted = await readPosted();
    report(bank, posted, faults, seen);

    expect([...seen.sums]).toEqual([0n]);
    expect(seen.lowestMinor).toBe(0n);
    expect(wrongly(bank, posted)).toEqual([]);
    expect(await readBalances(db, bank.accounts)).toEqual(sumUp(bank, posted));
    expect(await findGaps()).toEqual([]);
    expect(await findCounted()).toEqual(meantToCount(bank, posted));
    expect(kindsPosted(bank, posted)).toEqual({
      batches: true,
      reversals: true,
      references: true,
      counts: true,
    });
    expect(await checkInvariants(db)).toEqual([]);
    expect(posted.size).toBeGreaterThan(ACCOUNTS);
    expect(Math.min(faults.restarts, faults.terminated, seen.reads)).toBeGreaterThanOrEqual(1);
  },
  (seconds + 120) * 1000,
);

/** All balances in one statement, again and again. */
async function read(bank: Bank, seen: Seen, isOver: () => boolean): Promise<void> {
  while (!isOver()) {
    try {
      const balances = await readBalances(db, bank.accounts);
      seen.reads += 1;
      // The clients are to work, too.
      await sleep(10);
      seen.sums.add(balances.reduce((sum, balance) => sum + balance, 0n));
      for (const balance of balances.slice(1)) if (balance < seen.lowestMinor) seen.lowestMinor = balance;
    } catch (error) {
      if (!isConnectionLost(error)) throw error;
      await sleep(50);
    }
  }
}

/** Ends a connection every fifth of a second or so, and the server ten times, or as often as there is time for. */
async function hurt(faults: { terminated: number; restarts: number }, isOver: () => boolean): Promise<void> {
  const pick = seededRandom(seed - 1);
  const between = Math.max(seconds / 11, 2) * 1000;
  let restartsAt = performance.now() + between;
  while (!isOver()) {
    await sleep(50 + pick(300));
    if (performance.now() > restartsAt && !isOver()) {
      await cluster.restartImmediately();
      faults.restarts += 1;
      restartsAt += between;
    } else if ((await cluster.terminateOne(pick)) > 0) {
      faults.terminated += 1;
    }
  }
}

/** The transfers of each set that is there, in their order. */
async function readPosted(): Promise<Map<string, string[]>> {
  const rows = await db
    .selectFrom('transfers')
    .select(['set_id', 'id', 'debit_account_id', 'credit_account_id', 'amount_minor'])
    .orderBy('set_id')
    .orderBy('leg')
    .execute();
  const posted = new Map<string, string[]>();
  for (const { set_id, ...row } of rows) {
    const transfers = posted.get(set_id) ?? [];
    transfers.push([row.id, row.debit_account_id, row.credit_account_id, row.amount_minor].join(' '));
    posted.set(set_id, transfers);
  }
  return posted;
}

const setId = ({ transfers }: TransferSet): string => transfers[0]?.id ?? '';
const transfersOf = ({ transfers }: TransferSet): string =>
  transfers
    .map(({ id, debit, credit, amountMinor }) =>
      [id, accountId(debit), accountId(credit), amountMinor].join(' '),
    )
    .join();

/** What is there and should not be, what is not and should, and what is there in part or otherwise than asked. */
function wrongly(bank: Bank, posted: Map<string, string[]>): string[] {
  const found: string[] = [];
  const known = new Set<string>();
  for (const { sets, outcome } of bank.asked) {
    const present = sets.map((set) => posted.has(setId(set)));
    sets.forEach((set, index) => {
      known.add(setId(set));
      const transfers = posted.get(setId(set))?.join();
      const name = `${setId(set)} (${typeof outcome === 'string' ? outcome : outcome[index]})`;
      if (transfers !== undefined && transfers !== transfersOf(set))
        found.push(`${name} is not what was asked`);
      if (outcome === 'absent' && present[index]) found.push(`${name} is there`);
      if (typeof outcome !== 'string' && present[index] !== (outcome[index] === 'posted'))
        found.push(`${name} is ${present[index] ? '' : 'not '}there`);
    });
  }
  for (const id of posted.keys()) if (!known.has(id)) found.push(`${id} was asked for by nobody`);
  return found;
}

function sumUp({ accounts, asked }: Bank, posted: Map<string, string[]>): bigint[] {
  const balances = new Map<string, bigint>(accounts.map((account) => [accountId(account), 0n]));
  const add = (account: AccountName, by: bigint) =>
    balances.set(accountId(account), (balances.get(accountId(account)) ?? 0n) + by);
  for (const set of asked.flatMap(({ sets }) => sets)) {
    if (!posted.has(setId(set))) continue;
    for (const { debit, credit, amountMinor } of set.transfers) {
      add(debit, -amountMinor);
      add(credit, amountMinor);
    }
  }
  return [...balances.values()];
}

/** Guarded accounts whose lines are not numbered from 1 to as many as there are. */
async function findGaps(): Promise<string[]> {
  const transfers = await db.selectFrom('transfers').selectAll().execute();
  const versions = new Map<string, bigint[]>();
  for (const transfer of transfers) {
    for (const [account, version] of [
      [transfer.debit_account_id, transfer.debit_version],
      [transfer.credit_account_id, transfer.credit_version],
    ] as const) {
      if (version === null) continue;
      const own = versions.get(account) ?? [];
      versions.set(account, own);
      own.push(version);
    }
  }
  return [...versions].flatMap(([account, own]) => {
    const isWhole = own
      .toSorted((a, b) => Number(a - b))
      .every((version, index) => version === BigInt(index + 1));
    return isWhole ? [] : [account];
  });
}

/** The sets that counted against a limit, as the ledger has it and as those who posted meant it. */
async function findCounted(): Promise<string[]> {
  const rows = await db.selectFrom('limit_counts').select('set_id').execute();
  return rows.map(({ set_id }) => set_id).toSorted();
}
const meantToCount = ({ asked }: Bank, posted: Map<string, string[]>): string[] =>
  asked
    .flatMap(({ sets }) => sets)
    .filter((set) => set.counts !== undefined && posted.has(setId(set)))
    .map(setId)
    .toSorted();

/** Whether of each kind of post something came through. */
function kindsPosted({ asked }: Bank, posted: Map<string, string[]>) {
  const there = (isOfKind: (set: TransferSet) => boolean) =>
    asked.some(({ sets }) => sets.some((set) => isOfKind(set) && posted.has(setId(set))));
  return {
    batches: asked
      .slice(1)
      .some(({ sets, isBatch }) => isBatch && sets.some((set) => posted.has(setId(set)))),
    reversals: there(({ reverses }) => reverses !== undefined),
    references: there(({ providerReference }) => providerReference !== undefined),
    counts: there(({ counts }) => counts !== undefined),
  };
}

function report(
  bank: Bank,
  posted: Map<string, string[]>,
  faults: { terminated: number; restarts: number },
  seen: Seen,
): void {
  const transactions = (outcome: Asked['outcome']) => bank.asked.filter((asked) => asked.outcome === outcome);
  const unknown = transactions('unknown');
  const kept = unknown.filter(({ sets }) => sets.some((set) => posted.has(setId(set))));
  const answered = bank.asked.flatMap(({ outcome }) => (typeof outcome === 'string' ? [] : outcome));
  const counts = {
    acknowledged: answered.filter((outcome) => outcome === 'posted').length,
    refused: answered.filter((outcome) => outcome === 'refused').length,
    'rolled back or cut off': transactions('absent').length,
    unknown: unknown.length,
    'of those there': kept.length,
    ...faults,
    reads: seen.reads,
    seconds,
    seed,
  };
  console.info(
    Object.entries(counts)
      .map(([name, count]) => `${name} ${count}`)
      .join(', '),
  );
}
