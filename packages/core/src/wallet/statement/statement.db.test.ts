import type { ExportStatement, GetStatement } from '@errand-dash/contract';
import { post, readBalances } from '@errand-dash/db';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { newId } from '../../core.ts';
import { type ErrandScene, errandIn, makeErrandScene, refusalOf } from '../../errands/testing/index.ts';
import { checkAllInvariants } from '../../invariants.ts';
import { defaultPolicy } from '../../policy.ts';
import { fundWallet } from '../../testing/fund-wallet.ts';
import { makeTestUser, type TestUser } from '../../testing/test-core.ts';
import { exportStatement } from './export-statement.query.ts';
import { getStatement } from './get-statement.query.ts';
import type { StatementLine } from './read-statement.ts';
import { pdfText } from './testing/pdf-text.ts';

let scene: ErrandScene;
beforeAll(async () => {
  scene = await makeErrandScene();
});
afterAll(async () => {
  expect(await checkAllInvariants(scene.database.db)).toEqual([]);
  await scene.database.drop();
});

const asked: GetStatement = { currency: 'NGN', account: { purpose: 'available' }, limit: 100 };
const toExport: ExportStatement = { currency: 'NGN', account: { purpose: 'available' }, format: 'csv' };
const statementOf = (person: TestUser, given: Partial<GetStatement> = {}) =>
  getStatement(scene.core, person.call(), { ...asked, ...given });
const briefly = (lines: readonly StatementLine[]) =>
  lines.map(({ kind, side, amountMinor, balanceMinor, counterparty }) => [
    ...[kind, side, amountMinor, balanceMinor],
    counterparty?.kind === 'person' ? counterparty.handle : (counterparty?.name ?? null),
  ]);

/** A correction in somebody's favour whose command came at an instant. */
async function creditAt(person: TestUser, instant: string, amountMinor = 1_00n): Promise<void> {
  const postedAt = new Date(instant);
  const transfer = {
    id: newId(scene.core, postedAt),
    debit: { purpose: 'adjustments', ownerId: null, currency: 'NGN' },
    credit: { purpose: 'available', ownerId: person.userId, currency: 'NGN' },
    amountMinor,
  } as const;
  const set = {
    kind: 'adjustment.post',
    cause: { type: 'test', id: 'demo' },
    authority: { kind: 'provider', reference: 'demo provider' },
    postedAt,
    transfers: [transfer],
  } as const;
  expect(await post(scene.database.db, [{ ...set, transfers: [transfer] }])).toEqual([{ outcome: 'posted' }]);
}

describe('a statement', () => {
  test('tells each side of an errand what moved, with whom, and the balance after it', async () => {
    const [sender, runner] = [await person('demo_s', 20_000_00n), await person('demo_r')];
    const own = { ...scene, ada: sender, bayo: runner };
    const { errandId, escrowId } = await errandIn(own, 'confirmed');
    const sent = await statementOf(sender);
    expect(briefly(sent.lines)).toEqual([
      ['escrow.release', 'credit', 800_00n, 10_300_00n, 'demo_r'],
      ['escrow.hold', 'debit', 10_500_00n, 9_500_00n, 'demo_r'],
      ['adjustment.post', 'credit', 20_000_00n, 20_000_00n, 'ErrandDash'],
    ]);
    expect(sent.lines[0]).toMatchObject({
      lineNumber: 3n,
      says: 'Paid for an errand',
      cause: { type: 'errand', id: errandId },
    });
    expect(sent).toMatchObject({ openingMinor: 0n, closingMinor: 10_300_00n, nextCursor: null });
    expect(briefly((await statementOf(runner)).lines)).toEqual([
      ['escrow.release', 'credit', 9_250_00n, 9_250_00n, 'demo_s'],
    ]);
    const held = await statementOf(sender, { account: { purpose: 'held', escrowId } });
    expect(briefly(held.lines).toReversed()).toEqual([
      ['escrow.hold', 'credit', 10_500_00n, 10_500_00n, 'Your own account'],
      ['escrow.release', 'debit', 9_250_00n, 1_250_00n, 'demo_r'],
      ['escrow.release', 'debit', 800_00n, 450_00n, 'Your own account'],
      ['escrow.release', 'debit', 450_00n, 0n, 'ErrandDash'],
    ]);
  });

  test('of somebody’s escrow is to its payee and to a stranger what a random id is', async () => {
    const { ada, bayo, chidi, stranger } = scene;
    const { escrowId } = await errandIn(scene, 'accepted');
    const random = await refusalOf(
      statementOf(stranger, { account: { purpose: 'held', escrowId: ada.userId } }),
    );
    expect(random).toMatchObject({ code: 'OBJECT_NOT_FOUND' });
    for (const other of [bayo, chidi, stranger]) {
      expect(await refusalOf(statementOf(other, { account: { purpose: 'held', escrowId } }))).toEqual(random);
    }
    const withdrawalId = ada.userId;
    expect(await refusalOf(statementOf(ada, { account: { purpose: 'payout', withdrawalId } }))).toEqual(
      random,
    );
  });

  test('names nobody while an escrow waits for its payee', async () => {
    const sender = await person('demo_waiting', 20_000_00n);
    await errandIn({ ...scene, ada: sender }, 'posted');
    expect((await statementOf(sender)).lines[0]?.counterparty).toBeNull();
  });

  test('is one’s own alone, empty in another currency, and refused to who is not signed in', async () => {
    const { core, ada, stranger } = scene;
    expect((await statementOf(ada)).lines.length).toBeGreaterThan(0);
    expect((await statementOf(stranger)).lines).toEqual([]);
    expect(await statementOf(ada, { currency: 'JPY' })).toMatchObject({ lines: [], closingMinor: 0n });
    expect((await statementOf(ada, { account: { purpose: 'frozen' } })).lines).toEqual([]);
    const nobody = { caller: { kind: 'anonymous' }, idempotencyKey: null, requestId: 'test' } as const;
    expect(await refusalOf(getStatement(core, nobody, asked))).toMatchObject({ code: 'SESSION_MISSING' });
  });
});

describe('the filters', () => {
  test('by kind and by counterparty leave the others out and the balances as they are', async () => {
    const [sender, first, second] = [
      await person('demo_filter', 90_000_00n),
      await person('demo_first'),
      await person('demo_second'),
    ];
    await errandIn({ ...scene, ada: sender, bayo: first }, 'confirmed');
    await errandIn({ ...scene, ada: sender, bayo: second }, 'confirmed');
    await errandIn({ ...scene, ada: sender, bayo: second }, 'accepted');
    const kinds = async (given: Partial<GetStatement>) =>
      (await statementOf(sender, given)).lines.map(({ kind }) => kind);
    expect(await kinds({ kinds: ['escrow.hold'] })).toEqual(['escrow.hold', 'escrow.hold', 'escrow.hold']);
    expect(await kinds({ kinds: ['escrow.refund', 'escrow.release'] })).toHaveLength(2);
    const with_ = (other: TestUser) => ({ counterparty: { kind: 'person', userId: other.userId } as const });
    expect(await kinds(with_(first))).toEqual(['escrow.release', 'escrow.hold']);
    expect(await kinds(with_(second))).toEqual(['escrow.hold', 'escrow.release', 'escrow.hold']);
    expect(await kinds(with_(scene.stranger))).toEqual([]);
    expect(await kinds({ counterparty: { kind: 'platform' } })).toEqual(['adjustment.post']);
    for (const kind of ['provider', 'bank', 'own'] as const)
      expect(await kinds({ counterparty: { kind } })).toEqual([]);
    const all = await statementOf(sender);
    expect(await statementOf(sender, with_(first))).toMatchObject({ closingMinor: all.closingMinor });
    const unknown = await refusalOf(statementOf(sender, { kinds: ['escrow.hold', 'a.b'] }));
    expect(unknown).toMatchObject({ code: 'INPUT_INVALID', details: { issues: [{ path: 'kinds' }] } });
  });

  test('by day go by midnight in Lagos, and the period’s balances frame its lines', async () => {
    const saver = await person('demo_saver');
    await creditAt(saver, '2026-02-28T22:59:59.999Z', 1n);
    await creditAt(saver, '2026-02-28T23:00:00.000Z', 10n);
    await creditAt(saver, '2026-03-01T22:59:59.999Z', 100n);
    await creditAt(saver, '2026-03-01T23:00:00.000Z', 1_000n);
    const period = async (from?: string, to?: string) => {
      const { openingMinor, lines, closingMinor } = await statementOf(saver, { from, to });
      return [openingMinor, lines.map(({ amountMinor }) => amountMinor), closingMinor];
    };
    expect(await period('2026-03-01', '2026-03-01')).toEqual([1n, [100n, 10n], 111n]);
    expect(await period('2026-03-01')).toEqual([1n, [1_000n, 100n, 10n], 1_111n]);
    expect(await period(undefined, '2026-02-28')).toEqual([0n, [1n], 1n]);
    expect(await period('2026-03-03', '2026-03-09')).toEqual([1_111n, [], 1_111n]);
    expect(await refusalOf(statementOf(saver, { from: '2026-03-02', to: '2026-03-01' }))).toMatchObject({
      code: 'INPUT_INVALID',
      details: { issues: [{ path: 'to' }] },
    });
    expect(await refusalOf(statementOf(saver, { from: '2026-02-30' }))).toMatchObject({
      code: 'INPUT_INVALID',
    });
  });
});

describe('the pages', () => {
  test('keep every line that was there, and none twice, while two hundred more come in', async () => {
    const busy = await person('demo_busy');
    for (let index = 0; index < 60; index += 1) await creditAt(busy, '2026-03-05T09:00:00.000Z');
    const before = new Set((await statementOf(busy)).lines.map(({ id }) => id));
    const arriving = Array.from({ length: 200 }, () => creditAt(busy, '2026-03-05T10:00:00.000Z'));
    const seen: StatementLine[] = [];
    let cursor: string | undefined;
    do {
      const page = await statementOf(busy, { limit: 7, cursor });
      expect(page.lines.length).toBeLessThanOrEqual(7);
      seen.push(...page.lines);
      cursor = page.nextCursor ?? undefined;
    } while (cursor !== undefined);
    await Promise.all(arriving);
    expect(new Set(seen.map(({ id }) => id)).size).toBe(seen.length);
    expect([...before].filter((id) => !seen.some((line) => line.id === id))).toEqual([]);
    const numbers = seen.map(({ lineNumber }) => Number(lineNumber));
    expect(numbers).toEqual(Array.from(numbers, (_, index) => (numbers[0] ?? 0) - index));
    expect((await statementOf(busy)).closingMinor).toBe(260_00n);
  });

  test('take no cursor but their own', async () => {
    for (const cursor of ['x', Buffer.from('["1;"]').toString('base64url')]) {
      expect(await refusalOf(statementOf(scene.ada, { cursor }))).toMatchObject({ code: 'INPUT_INVALID' });
    }
  });
});

describe('a file', () => {
  test('has every line of its period, in both forms, and its balances', async () => {
    const [sender, runner] = [await person('demo_file', 20_000_00n), await person('demo_file_r')];
    await errandIn({ ...scene, ada: sender, bayo: runner }, 'confirmed');
    const csv = await exportStatement(scene.core, sender.call(), toExport);
    const rows = csv.content.toString('utf8').trimEnd().split('\r\n');
    expect(rows).toHaveLength(4);
    expect(rows.at(-1)).toMatch(
      /"Paid for an errand","Demo demo_file_r","demo_file_r",800\.00,,10300\.00,"NGN"/,
    );
    expect(csv).toMatchObject({ mediaType: 'text/csv; charset=utf-8', lines: 3 });
    expect(csv.fileName).toMatch(/^errand-dash-NGN-available-start-\d{4}-\d\d-\d\d\.csv$/);
    const days = { from: '2020-01-01', to: '2030-12-31' };
    const asPdf = () => exportStatement(scene.core, sender.call(), { ...toExport, ...days, format: 'pdf' });
    const pdf = await asPdf();
    expect(pdf).toMatchObject({ fileName: 'errand-dash-NGN-available-2020-01-01-2030-12-31.pdf', lines: 3 });
    const [text] = pdfText(pdf.content);
    expect(text).toContain('Of: Demo demo_file (@demo_file)');
    expect(text).toContain('Paid for an errand · @demo_file_r | ₦800.00 | ₦10,300.00');
    expect(text).toContain('Closing balance | ₦10,300.00');
    expect((await asPdf()).content.equals(pdf.content)).toBe(true);
  });

  test('that would be too long is refused with the day from which it fits', async () => {
    const core = {
      ...scene.core,
      policy: { ...defaultPolicy, statement: { csvLinesMax: 3, pdfLinesMax: 2 } },
    };
    const saver = await person('demo_long');
    const days = [
      '2026-03-01T12:00:00Z',
      '2026-03-02T12:00:00Z',
      '2026-03-02T23:30:00Z',
      '2026-03-03T12:00:00Z',
    ];
    for (const instant of days) await creditAt(saver, instant);
    const ask = (given: Partial<ExportStatement>) =>
      exportStatement(core, saver.call(), { ...toExport, to: '2026-03-31', ...given });
    expect(await refusalOf(ask({}))).toMatchObject({
      code: 'STATEMENT_TOO_LONG',
      details: { linesMax: 3, fitsFrom: '2026-03-03' },
    });
    expect(await ask({ from: '2026-03-03' })).toMatchObject({ lines: 2 });
    expect(await ask({ from: '2026-03-02' })).toMatchObject({ lines: 3 });
    await creditAt(saver, '2026-03-03T13:00:00Z');
    const oneDay = { from: '2026-03-03', to: '2026-03-03', format: 'pdf' } as const;
    expect(await refusalOf(ask(oneDay))).toMatchObject({ details: { linesMax: 2, fitsFrom: null } });
  });
});

async function person(handle: string, amountMinor = 0n): Promise<TestUser> {
  const user = await makeTestUser(scene.core, handle, ['sender', 'runner']);
  if (amountMinor > 0n) await fundWallet(scene.core, user.userId, amountMinor);
  const [balance] = await readBalances(scene.database.db, [
    { purpose: 'available', ownerId: user.userId, currency: 'NGN' },
  ]);
  expect(balance).toBe(amountMinor);
  return user;
}
