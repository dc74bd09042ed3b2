import { inTransaction, type TransferSet } from '@errand-dash/db';
import { createTestDatabase, type TestDatabase, untilSettled } from '@errand-dash/db/testing';
import { type RawBuilder, sql } from 'kysely';
import { v7 } from 'uuid';
import {
  createTestCore,
  fundWallet,
  makeTestUser,
  type TestCore,
  type TestUser,
} from '../../testing/index.ts';
import { type ChainReport, type VerifyChain, verifyChain } from '../chains/verify-chain.ts';
import { findHeads } from '../heads/find-heads.ts';
import { ledgerSource } from '../ledger/ledger-source.ts';
import { sealLedger } from '../ledger/seal-ledger.sweep.ts';

/** A ledger of a test's own that is sealed at once, and the person who has money in it. */
export interface SealedLedger {
  database: TestDatabase;
  core: TestCore;
  person: TestUser;
  /** Pays in so often, and seals what is there as one batch. */
  batch: (transfers: number) => Promise<void>;
  sealAll: () => Promise<number>;
  /** The ids of all transfers, in their order. */
  ids: () => Promise<string[]>;
  verify: (given?: Partial<VerifyChain>) => ReturnType<typeof verifyChain>;
  heads: () => ReturnType<typeof findHeads>;
  /** Verifies after the owner of the database has done this, having no scruples; then it is undone. */
  verifyTampered: (
    statements: readonly RawBuilder<unknown>[],
    given?: Partial<VerifyChain>,
  ) => ReturnType<typeof verifyChain>;
}

export async function createSealedLedger(
  given: Parameters<typeof createTestCore>[1] = {},
): Promise<SealedLedger> {
  const database = await createTestDatabase();
  const core = createTestCore(database.db, { ...given, policy: { sealAfterSeconds: 0, ...given.policy } });
  const person = await makeTestUser(core, 'demo_saver');
  const sealAll = async () => {
    await untilSettled(database.db);
    let total = 0;
    for (let sealed = 1; sealed > 0; total += sealed) sealed = await sealLedger(core, 1);
    return total;
  };
  return {
    database,
    core,
    person,
    sealAll,
    async batch(transfers) {
      for (let count = 0; count < transfers; count += 1) await fundWallet(core, person.userId, 100n);
      await sealAll();
    },
    async ids() {
      const { rows } = await sql<{
        id: string;
      }>`select id from transfers order by transaction_id, id`.execute(database.db);
      return rows.map(({ id }) => id);
    },
    verify: (more) => verifyChain(database.db, ledgerSource, { keys: core.seals.keys, ...more }),
    heads: () => findHeads(database.db, { chain: 'ledger', after: 0, limit: 1000 }),
    async verifyTampered(statements, more) {
      const report = Promise.withResolvers<ChainReport>();
      const undone = inTransaction(database.owner, async (tx) => {
        for (const table of ['transfers', 'accounts', 'seals'] as const) {
          await sql`alter table ${sql.id(table)} disable trigger user`.execute(tx);
        }
        for (const statement of statements) await statement.execute(tx);
        report.resolve(await verifyChain(tx, ledgerSource, { keys: core.seals.keys, ...more }));
        throw new Error('undone');
      });
      await undone.catch((error: Error) => report.reject(error));
      return report.promise;
    },
  };
}

/** Money for a person, out of nowhere. */
export function deposit(userId: string, amountMinor: bigint, postedAt = new Date()): TransferSet {
  return {
    kind: 'adjustment.post',
    cause: { type: 'test', id: userId },
    authority: { kind: 'provider', reference: 'demo funds' },
    postedAt,
    transfers: [
      {
        id: v7(),
        debit: { purpose: 'adjustments', ownerId: null, currency: 'NGN' },
        credit: { purpose: 'available', ownerId: userId, currency: 'NGN' },
        amountMinor,
      },
    ],
  };
}
