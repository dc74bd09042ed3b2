import { readBalances } from '@errand-dash/db';
import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { checkAllInvariants } from '../../invariants.ts';
import { availableOf, fundWallet } from '../../testing/fund-wallet.ts';
import { makeTestUser } from '../../testing/test-core.ts';
import { type ErrandScene, errandInput, makeErrandScene, refusalOf } from '../testing/errand-scene.ts';
import { postErrand } from './post-errand.command.ts';

let scene: ErrandScene;
beforeAll(async () => {
  scene = await makeErrandScene();
});
afterAll(async () => {
  expect(await checkAllInvariants(scene.database.db)).toEqual([]);
  await scene.database.drop();
});

const countRows = async () => {
  const { rows } = await sql<Record<string, bigint>>`select (select count(*) from errands) as errands,
    (select count(*) from escrows) as escrows, (select count(*) from events) as events,
    (select count(*) from commands) as commands, (select count(*) from transfers) as transfers,
    (select count(*) from accounts) as accounts`.execute(scene.database.db);
  return rows[0];
};

describe('posting', () => {
  test('holds reward and goods budget in the same transaction', async () => {
    const { core, ada, database } = scene;
    const before = await availableOf(database.db, ada.userId);
    const errand = await postErrand(core, ada.call(), await errandInput(scene));
    expect(errand).toMatchObject({
      state: 'posted',
      sender: { userId: ada.userId, handle: 'demo_ada' },
      runner: null,
      deliverTo: { latitude: 6.4281, longitude: 3.4219, address: '1 Demo Street, second floor' },
      terms: { rewardMinor: 450_000n, commissionMinor: 45_000n },
      allowedActions: ['cancel'],
      nextDeadline: { event: 'expire', at: errand.expiresAt },
    });
    expect(before - (await availableOf(database.db, ada.userId))).toBe(1_050_000n);
    const held = { purpose: 'held', ownerId: errand.escrowId, currency: 'NGN' } as const;
    expect(await readBalances(database.db, [held])).toEqual([1_050_000n]);
  });

  test('tells the sender and nobody else', async () => {
    const { core, ada, database } = scene;
    const { errandId, escrowId } = await postErrand(core, ada.call(), await errandInput(scene));
    const events = await database.db
      .selectFrom('events')
      .select(['name', 'audience', 'subject_id'])
      .where('subject_id', 'in', [errandId, escrowId])
      .orderBy('name')
      .execute();
    expect(events).toEqual([
      { name: 'errand.posted', audience: [ada.userId], subject_id: errandId },
      { name: 'escrow.held', audience: [ada.userId], subject_id: escrowId },
    ]);
  });

  test('stores the exact place unreadable', async () => {
    const { core, ada, database } = scene;
    const { errandId } = await postErrand(core, ada.call(), await errandInput(scene));
    const { rows } = await sql<{
      row: string;
    }>`select errands::text || encode(deliver_to_sealed, 'escape') as row
      from errands where id = ${errandId}`.execute(database.db);
    expect(rows[0]?.row).toContain('Tomatoes');
    expect(rows[0]?.row).not.toMatch(/Demo Street|6\.4281|3\.4219/);
  });
});

describe('posting is refused and leaves nothing behind', () => {
  test.each([
    {
      case: 'no role',
      who: 'bayo',
      given: {},
      refusal: { code: 'ROLE_MISSING', details: { role: 'sender' } },
    },
    {
      case: 'due in the past',
      who: 'ada',
      given: { dueInSeconds: -1 },
      refusal: { code: 'DEADLINE_INVALID' },
    },
    {
      case: 'expires after it is due',
      who: 'ada',
      given: { expiresInSeconds: 7 * 3600 },
      refusal: { code: 'DEADLINE_INVALID', details: { field: 'expiresAt' } },
    },
    {
      case: 'too much',
      who: 'ada',
      given: { rewardMinor: 500_000_000 },
      refusal: { code: 'AMOUNT_TOO_LARGE' },
    },
    {
      case: 'no money at all',
      who: 'stranger',
      given: {},
      refusal: {
        code: 'FUNDS_INSUFFICIENT',
        details: { currency: 'NGN', neededMinor: 1_050_000, availableMinor: 0, missingMinor: 1_050_000 },
      },
    },
  ] as const)('$case', async ({ who, given, refusal }) => {
    const before = await countRows();
    const call = scene[who].call();
    expect(await refusalOf(postErrand(scene.core, call, await errandInput(scene, given)))).toMatchObject(
      refusal,
    );
    expect(await countRows()).toEqual(before);
  });

  test('too little money: it says how much is missing, and the key is free again', async () => {
    const { core } = scene;
    const eze = await makeTestUser(core, 'demo_eze', ['sender']);
    await fundWallet(core, eze.userId, 1_000_001n);
    const call = eze.call();
    const input = await errandInput(scene);
    const before = await countRows();
    expect(await refusalOf(postErrand(core, call, input))).toMatchObject({
      code: 'FUNDS_INSUFFICIENT',
      details: { neededMinor: 1_050_000, availableMinor: 1_000_001, missingMinor: 49_999 },
    });
    expect(await countRows()).toEqual(before);
    await fundWallet(core, eze.userId, 49_999n);
    expect(await postErrand(core, call, input)).toMatchObject({ state: 'posted' });
  });
});

describe('a key', () => {
  test('posts once and answers the same again', async () => {
    const { core, ada, database } = scene;
    const call = ada.call();
    const input = await errandInput(scene);
    const first = await postErrand(core, call, input);
    const before = await availableOf(database.db, ada.userId);
    expect(await postErrand(core, call, input)).toEqual(first);
    expect(await availableOf(database.db, ada.userId)).toBe(before);
  });
  test('is not taken for another errand', async () => {
    const { core, ada } = scene;
    const call = ada.call();
    await postErrand(core, call, await errandInput(scene));
    const other = await errandInput(scene, { rewardMinor: 450_001 });
    expect(await refusalOf(postErrand(core, call, other))).toMatchObject({ code: 'IDEMPOTENCY_KEY_REUSED' });
  });
  test('is needed', async () => {
    const call = { ...scene.ada.call(), idempotencyKey: null };
    expect(await refusalOf(postErrand(scene.core, call, await errandInput(scene)))).toMatchObject({
      code: 'IDEMPOTENCY_KEY_MISSING',
    });
  });
});

test('of thirty errands at once only those are posted that the wallet can pay', async () => {
  const { core, database } = scene;
  const femi = await makeTestUser(core, 'demo_femi', ['sender']);
  await fundWallet(core, femi.userId, 3_500_000n);
  const input = await errandInput(scene);
  const outcomes = await Promise.allSettled(
    Array.from({ length: 30 }, () => postErrand(core, femi.call(), input)),
  );
  expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(3);
  const reasons = outcomes.flatMap((outcome) => (outcome.status === 'rejected' ? [outcome.reason] : []));
  for (const reason of reasons) expect(reason).toMatchObject({ refusal: { code: 'FUNDS_INSUFFICIENT' } });
  expect(await availableOf(database.db, femi.userId)).toBe(350_000n);
});
