import { readFileSync } from 'node:fs';
import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type ErrandScene, errandIn, makeErrandScene } from './errands/testing/index.ts';
import { exchange, quoteExchange } from './exchange/index.ts';
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
});
afterAll(() => scene.database.drop());

async function rowsOf(text: string, db = scene.database.db): Promise<Record<string, unknown>[]> {
  const filled = text.replaceAll(/:([a-z]+_id)\b/g, (_all, name: string) => ids[name] ?? 'unknown');
  return (await sql.raw<Record<string, unknown>>(filled).execute(db)).rows;
}

describe('the queries of docs/ledger', () => {
  test('are found, each with what it is for', () => {
    expect(queries.length).toBe(page.match(/```sql/g)?.length);
    expect(queries.filter(({ isAudit }) => isAudit).length).toBeGreaterThanOrEqual(5);
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
  ])('find it when somebody says %s', async (tampering, found) => {
    const audits = queries.filter(({ isAudit }) => isAudit);
    const undone = new Error('undone');
    const work = scene.database.owner.transaction().execute(async (tx) => {
      for (const table of ['accounts', 'transfers'])
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
