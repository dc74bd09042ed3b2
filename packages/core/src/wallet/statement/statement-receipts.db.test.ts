import type { GetStatement } from '@errand-dash/contract';
import { type AccountName, post } from '@errand-dash/db';
import { untilSettled } from '@errand-dash/db/testing';
import type { KyselyPlugin } from 'kysely';
import { v7 } from 'uuid';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { getReceipts } from '../../seals/index.ts';
import { createSealedLedger, type SealedLedger } from '../../seals/testing/sealed-ledger.ts';
import { fundWallet, makeTestUser, type TestUser } from '../../testing/index.ts';
import { exportStatement } from './export-statement.query.ts';
import { getStatement } from './get-statement.query.ts';
import { pdfText } from './testing/pdf-text.ts';

let ledger: SealedLedger;
let payer: TestUser;
let payee: TestUser;

/** Sixty lines of a payer in six batches, and one more that is not sealed yet. */
beforeAll(async () => {
  ledger = await createSealedLedger();
  payer = await makeTestUser(ledger.core, 'demo_payer');
  payee = await makeTestUser(ledger.core, 'demo_payee');
  await fundWallet(ledger.core, payer.userId, 900_00n);
  for (let batch = 0; batch < 6; batch += 1) {
    for (let count = 0; count < 10; count += 1) await send(payer, payee, 1_00n);
    await ledger.sealAll();
  }
  await send(payer, payee, 1_00n);
  await untilSettled(ledger.database.db);
});
afterAll(() => ledger.database.drop());

const asked: GetStatement = { currency: 'NGN', account: { purpose: 'available' }, limit: 100 };
const statementOf = (person: TestUser, given: Partial<GetStatement> = {}, core = ledger.core) =>
  getStatement(core, person.call(), { ...asked, ...given });

describe('a statement with receipts', () => {
  test('has for each line that which is given for it alone, and null for what is not sealed yet', async () => {
    const { lines } = await statementOf(payer, { withReceipts: true });
    expect(lines).toHaveLength(62);
    expect(lines[0]?.receipt).toBeNull();
    const transferIds = lines.map(({ id }) => id);
    expect(lines.map(({ receipt }) => receipt)).toEqual(
      await getReceipts(ledger.core, payer.call(), { transferIds }),
    );
    for (const { id, receipt, lineNumber, balanceMinor } of lines.slice(1)) {
      expect(receipt).toMatchObject({
        transfer: { transferId: id },
        own: [{ version: lineNumber, balanceMinor, account: { ownerId: payer.userId } }],
      });
    }
  });

  test('tells neither side of a transfer what the other one has', async () => {
    const { lines } = await statementOf(payee, { withReceipts: true });
    expect(lines).toHaveLength(61);
    expect(
      JSON.stringify(lines, (_, value) => (typeof value === 'bigint' ? `${value}` : value)),
    ).not.toContain(`"ownerId":"${payer.userId}"`);
  });

  test('has the newest head, with receipts and without', async () => {
    const newest = (await ledger.heads()).at(-1);
    for (const withReceipts of [true, false, undefined]) {
      const page = await statementOf(payer, { withReceipts });
      expect(page.latestHead).toEqual(newest);
      expect(page.lines.some((line) => 'receipt' in line)).toBe(withReceipts === true);
    }
    const nobody = await makeTestUser(ledger.core, 'demo_nobody');
    expect(await statementOf(nobody, { withReceipts: true })).toMatchObject({
      lines: [],
      latestHead: newest,
    });
  });

  test('asks the database as often for fifty lines as for one', async () => {
    const countOf = async (limit: number) => {
      const counted = counting(ledger.core.db);
      const page = await statementOf(
        payer,
        { limit, withReceipts: true },
        { ...ledger.core, db: counted.db },
      );
      expect(page.lines).toHaveLength(limit);
      return counted.statements();
    };
    const [one, fifty] = [await countOf(2), await countOf(50)];
    expect(fifty).toBe(one);
    expect(one).toBeGreaterThan(4);
    expect(one).toBeLessThan(20);
  });

  test('is of one moment: no receipt has a newer head than the page', async () => {
    const mover = (async () => {
      for (let round = 0; round < 5; round += 1) await ledger.batch(1);
    })();
    for (let round = 0; round < 15; round += 1) {
      const { lines, latestHead } = await statementOf(payer, { withReceipts: true });
      const newest = Math.max(...lines.map(({ receipt }) => receipt?.head.head.number ?? 0));
      expect(latestHead?.head.number).toBeGreaterThanOrEqual(newest);
    }
    await mover;
  });
});

test('a side below zero within a movement has a receipt as any other', async () => {
  const person = await makeTestUser(ledger.core, 'demo_between');
  const own: AccountName = { purpose: 'available', ownerId: person.userId, currency: 'NGN' };
  const [answer] = await post(ledger.database.db, [
    {
      ...{ kind: 'adjustment.post', cause: { type: 'test', id: 'demo' }, postedAt: new Date() },
      authority: { kind: 'provider', reference: 'demo funds' },
      transfers: [
        {
          id: v7(),
          debit: own,
          credit: { purpose: 'fees', ownerId: null, currency: 'NGN' },
          amountMinor: 5n,
        },
        {
          id: v7(),
          debit: { purpose: 'adjustments', ownerId: null, currency: 'NGN' },
          credit: own,
          amountMinor: 9n,
        },
      ],
    },
  ]);
  expect(answer?.outcome).toBe('posted');
  await ledger.sealAll();
  const { lines } = await statementOf(person, { withReceipts: true });
  expect(lines.map(({ receipt }) => receipt?.own[0]?.balanceMinor)).toEqual([4n, -5n]);
});

describe('a file', () => {
  test('comes with the newest head, which a PDF says on its pages and a CSV leaves to the answer', async () => {
    const newest = (await ledger.heads()).at(-1);
    if (newest === undefined) throw new Error('there are heads');
    const [csv, pdf] = await Promise.all(
      (['csv', 'pdf'] as const).map((format) =>
        exportStatement(ledger.core, payer.call(), { ...asked, format }),
      ),
    );
    expect([csv?.latestHead, pdf?.latestHead]).toEqual([newest, newest]);
    expect(csv?.content.toString('utf8')).not.toContain(newest.head.root);
    const [page] = pdfText(pdf?.content ?? Buffer.alloc(0));
    expect(page).toContain(`https://api.errand.example/ledger/heads/${newest.head.number} of`);
    expect(page).toContain(`Root ${newest.head.root}`);
    expect(page).toContain(`Signature ${newest.signature}`);
  });
});

async function send(from: TestUser, to: TestUser, amountMinor: bigint): Promise<void> {
  const id = v7();
  const [answer] = await post(ledger.database.db, [
    {
      ...{ kind: 'adjustment.post', cause: { type: 'test', id }, postedAt: new Date() },
      authority: { kind: 'session', reference: from.sessionId, detail: 'test.send a-key' },
      transfers: [
        {
          id,
          debit: { purpose: 'available', ownerId: from.userId, currency: 'NGN' },
          credit: { purpose: 'available', ownerId: to.userId, currency: 'NGN' },
          amountMinor,
        },
      ],
    },
  ]);
  expect(answer?.outcome).toBe('posted');
}

/** A database that counts what it is asked. */
function counting(db: SealedLedger['core']['db']): { db: typeof db; statements: () => number } {
  let count = 0;
  const plugin: KyselyPlugin = {
    transformQuery: ({ node }) => {
      count += 1;
      return node;
    },
    transformResult: ({ result }) => Promise.resolve(result),
  };
  return { db: db.withPlugin(plugin), statements: () => count };
}
