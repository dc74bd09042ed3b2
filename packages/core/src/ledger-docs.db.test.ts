import { readFileSync } from 'node:fs';
import type { Db } from '@errand-dash/db';
import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { command } from './command.ts';
import { type ErrandScene, errandIn, makeErrandScene } from './errands/testing/index.ts';
import { exchange, quoteExchange } from './exchange/index.ts';
import { postOrThrow } from './ledger.ts';
import { defaultPolicy } from './policy.ts';

const page = readFileSync(new URL('../../../docs/ledger/README.md', import.meta.url), 'utf8');
const queries = [...page.matchAll(/^([^\n]+):\n\n```sql( no-rows)?\n([\s\S]*?)```/gm)].map(
  ([, says = '', noRows, text = '']) => ({ says, isAudit: noRows !== undefined, text }),
);

let scene: ErrandScene;
let ids: Record<string, string>;
beforeAll(async () => {
  scene = await makeErrandScene();
  const { core, ada } = scene;
  const { errandId } = await errandIn(scene, 'confirmed');
  await errandIn(scene, 'accepted');
  ids = { errand_id: errandId, user_id: ada.userId, session_id: ada.sessionId };
  const rate = {
    sold: 'NGN',
    bought: 'JPY',
    rate: '0.1',
    from: new Date(Date.now() - 60_000),
    source: 'demo',
  } as const;
  const policy = { ...defaultPolicy, openCurrencies: ['NGN', 'JPY'] as const };
  const trading = { ...core, policy: { ...policy, exchange: { ...policy.exchange, rates: [rate] } } };
  const quote = await quoteExchange(trading, ada.call(), { sold: 'NGN', bought: 'JPY', buyMinor: 500n });
  await exchange(trading, ada.call(), { quoteId: quote.id });
  await count(core, ada.call(), {});
});
afterAll(() => scene.database.drop());

/** Something that counts against a limit, which no command of the product does yet. */
const count = command('test.count', async (tx, _input: Record<string, never>, context) => {
  const currency = 'NGN';
  await postOrThrow(tx, context, {
    kind: 'adjustment.post',
    cause: { type: 'test', id: 'test' },
    transfers: [
      {
        debit: { purpose: 'adjustments', ownerId: null, currency },
        credit: { purpose: 'suspense', ownerId: null, currency },
        amountMinor: 1n,
      },
    ],
    counts: [{ limit: 'test.daily', ownerId: 'test', currency, amountMinor: 1n, ceilingMinor: 9n }],
  });
  return { result: null };
});

async function rowsOf(text: string, db?: Db): Promise<Record<string, unknown>[]> {
  const filled = text.replaceAll(/:([a-z]+_id)\b/g, (_all, name: string) => ids[name] ?? 'unknown');
  const read = async (reading: Db) => (await sql.raw<Record<string, unknown>>(filled).execute(reading)).rows;
  if (db !== undefined) return read(db);
  return scene.database.db.transaction().setAccessMode('read only').execute(read);
}

describe('the queries of docs/ledger', () => {
  test('are found, each with what it is for', () => {
    expect(queries.length).toBe(page.match(/```sql/g)?.length);
    expect(queries.filter(({ isAudit }) => isAudit).length).toBeGreaterThanOrEqual(8);
    expect(queries.filter(({ isAudit }) => !isAudit).length).toBeGreaterThanOrEqual(6);
  });

  test.each(queries)('$says', async ({ isAudit, text }) => {
    const rows = await rowsOf(text);
    if (isAudit) expect(rows).toEqual([]);
    else expect(rows.length).toBeGreaterThan(0);
  });

  test('read the same as now where the instant is ahead', async () => {
    const [now, ahead] = queries;
    expect(await rowsOf(ahead?.text ?? '')).toEqual(await rowsOf(now?.text ?? ''));
  });

  test('read each position as its quotes made it', async () => {
    const query = queries.find(({ says }) => says.includes('by exchange'));
    const rows = await rowsOf(query?.text ?? '');
    expect(rows).toHaveLength(2);
    for (const { balance_minor, by_quotes_minor } of rows) expect(by_quotes_minor).toBe(balance_minor);
  });

  test.each([
    ["update accounts set balance_minor = balance_minor + 1 where purpose = 'available'", [0, 1]],
    ['update transfers set credit_balance_minor = credit_balance_minor + 1', [2]],
    ['update transfers set amount_minor = amount_minor + 1', [1, 2]],
    ["update escrows set state = 'refunded', ended_at = created_at where state = 'held'", [3]],
    ['update accounts set balance_minor = null where guarded', [1]],
    [
      `update transfers set provider_reference = 'transaction/1',
        authority_kind = case kind when 'escrow.hold' then 'provider' else 'operator' end
      where kind in ('escrow.hold', 'escrow.release') and leg = 1`,
      [4],
    ],
    ["update transfers set authority_reference = '' where kind = 'escrow.hold'", [5]],
    [
      "update transfers set reverses_set_id = (select id from transfers where kind = 'escrow.release' and leg = 1) where kind = 'escrow.hold'",
      [6],
    ],
    [
      "update transfers set reverses_set_id = gen_random_uuid() where kind = 'escrow.release' and leg = 1",
      [6],
    ],
    ['update limit_counters set used_minor = used_minor + 1', [7]],
    ['delete from limit_counters', [7]],
  ])('find it when somebody says %s', async (tampering, found) => {
    const audits = queries.filter(({ isAudit }) => isAudit);
    const undone = new Error('undone');
    const work = scene.database.owner.transaction().execute(async (tx) => {
      for (const table of ['accounts', 'transfers', 'limit_counters'])
        await sql.raw(`alter table ${table} disable trigger user`).execute(tx);
      await sql.raw(tampering).execute(tx);
      const counts: number[] = [];
      for (const { text } of audits) counts.push((await rowsOf(text, tx)).length);
      for (const index of found) expect(counts[index], audits[index]?.says).toBeGreaterThan(0);
      throw undone;
    });
    await expect(work).rejects.toBe(undone);
  });
});
