import type { ErrandState } from '@errand-dash/contract';
import { createDb } from '@errand-dash/db';
import { createFaultyPool, type Fault } from '@errand-dash/db/testing';
import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Core } from '../core.ts';
import { checkAllInvariants } from '../invariants.ts';
import { Refused } from '../refusal.ts';
import { clockCall, moveClock } from '../testing/test-core.ts';
import { cancelErrand } from './ending/cancel-errand.command.ts';
import { confirmErrand } from './ending/confirm-errand.command.ts';
import { expireErrand } from './ending/expire-errand.command.ts';
import { lapseErrand } from './ending/lapse-errand.command.ts';
import type { ErrandView } from './errand-view.query.ts';
import { getErrandHistory } from './get-errand-history.query.ts';
import { postErrand } from './posting/post-errand.command.ts';
import { acceptErrand } from './run/accept-errand.command.ts';
import { reopenErrand } from './run/reopen-errand.command.ts';
import { type ErrandScene, errandIn, errandInput, makeErrandScene } from './testing/errand-scene.ts';

let scene: ErrandScene;
beforeAll(async () => {
  scene = await makeErrandScene();
});
afterAll(() => scene.database.drop());

/** A step of an errand that moves money or names who gets it, ready to be called again under the same key. */
interface Step {
  event: string;
  from: Exclude<ErrandState, 'expired'>;
  /** How far the clock goes before. */
  afterSeconds?: number;
  take: (errandId: string) => (core: Core) => Promise<ErrandView>;
}

const people: Step[] = [
  {
    event: 'errand.accepted',
    from: 'posted',
    take: (errandId) => {
      const call = scene.bayo.call();
      return (core) => acceptErrand(core, call, { errandId });
    },
  },
  {
    event: 'errand.confirmed',
    from: 'completed',
    take: (errandId) => {
      const call = scene.ada.call();
      return (core) => confirmErrand(core, call, { errandId });
    },
  },
  {
    event: 'errand.cancelled',
    from: 'started',
    afterSeconds: 301,
    take: (errandId) => {
      const call = scene.ada.call();
      return (core) => cancelErrand(core, call, { errandId });
    },
  },
];

const HOUR = 3600;
const clocks: Step[] = [
  { event: 'errand.expired', from: 'posted', afterSeconds: 7 * HOUR, take: byClock(expireErrand) },
  { event: 'errand.reopened', from: 'accepted', afterSeconds: 3 * HOUR, take: byClock(reopenErrand) },
  { event: 'errand.lapsed', from: 'started', afterSeconds: 31 * HOUR, take: byClock(lapseErrand) },
  { event: 'errand.confirmed', from: 'completed', afterSeconds: 25 * HOUR, take: byClock(confirmErrand) },
];

function byClock(command: typeof expireErrand): Step['take'] {
  return (errandId) => (core) => command(core, clockCall('errand.test'), { errandId });
}

/** The connection dies at a statement, before the server has it or before its answer is heard. */
const cutsAt = (at: number): Fault[] => [
  { cutAt: at, when: 'before' },
  { cutAt: at, when: 'after' },
];

/** More than any of the commands sends; the loop ends at the first statement that is not there. */
const STATEMENTS_MAX = 40;

/** Tries with each cut at each statement. Answers how many struck. */
async function strikeEverywhere(attempt: (core: Core) => Promise<void>): Promise<number> {
  let struck = 0;
  for (let at = 1; at <= STATEMENTS_MAX; at += 1) {
    for (const fault of cutsAt(at)) {
      const { pool, hasStruck } = createFaultyPool(scene.database.applicationUrl, fault);
      const db = createDb(pool);
      try {
        await attempt({ ...scene.core, db });
      } finally {
        await db.destroy();
      }
      if (!hasStruck()) return struck;
      struck += 1;
    }
  }
  throw new Error('the command never came to an end of its statements');
}

const timesOf = async (errandId: string, event: string): Promise<number> =>
  (await getErrandHistory(scene.core, scene.ada.call(), { errandId })).filter((step) => step.event === event)
    .length;

describe('a connection cut at any statement', { timeout: 120_000 }, () => {
  test.each(people)('of $event by a person: one effect, and its answer', async (step) => {
    const { event, from, afterSeconds = 0, take } = step;
    const struck = await strikeEverywhere(async (core) => {
      const { errandId } = await errandIn(scene, from, { rewardMinor: 1000, goodsBudgetMinor: 520_000 });
      await moveClock(scene.database.owner, afterSeconds);
      const answer = await take(errandId)(core);
      expect(`errand.${answer.state}`).toBe(event);
      expect(await timesOf(errandId, event)).toBe(1);
    });
    expect(struck).toBeGreaterThanOrEqual(2 * 5);
    expect(await checkAllInvariants(scene.database.db)).toEqual([]);
  });

  test('of a posting: one errand, held once', async () => {
    const input = await errandInput(scene, { rewardMinor: 1000, goodsBudgetMinor: 0 });
    const count = async (): Promise<number> =>
      (await scene.database.db.selectFrom('errands').select('id').execute()).length;
    const before = await count();
    let posted = 0;
    await strikeEverywhere(async (core) => {
      await postErrand(core, scene.ada.call(), input);
      posted += 1;
    });
    expect(await count()).toBe(before + posted);
    expect(await checkAllInvariants(scene.database.db)).toEqual([]);
  });

  // Without a key a lost reply to COMMIT is an error, and the next sweep finds nothing due any more.
  test.each(clocks)('of $event by the clock: one effect, by this sweep or the next', async (step) => {
    const { event, from, afterSeconds = 0, take } = step;
    await strikeEverywhere(async (core) => {
      const { errandId } = await errandIn(scene, from, { rewardMinor: 1000, goodsBudgetMinor: 520_000 });
      await moveClock(scene.database.owner, afterSeconds);
      const isDone = await take(errandId)(core).then(
        () => true,
        () => false,
      );
      const again = await take(errandId)(scene.core).catch((error: unknown) => error);
      if (isDone) expect(again).toBeInstanceOf(Refused);
      expect(await timesOf(errandId, event)).toBe(1);
    });
    expect(await checkAllInvariants(scene.database.db)).toEqual([]);
  });
});

test('an errand that cannot be shown moves no money, even where its escrow was waited for', async () => {
  const { database, core, ada } = scene;
  const { errandId, escrowId } = await errandIn(scene, 'completed');
  await sql`update errands set deliver_to_sealed = 'damaged' where id = ${errandId}`.execute(database.owner);
  const stateOf = (db: Pick<typeof database.owner, 'selectFrom'>) =>
    db.selectFrom('escrows').where('id', '=', escrowId).select('state');
  let failed: Promise<unknown> = Promise.resolve();
  await database.owner.transaction().execute(async (holder) => {
    await stateOf(holder).forUpdate().execute();
    failed = confirmErrand(core, ada.call(), { errandId });
    failed.catch(() => undefined);
    await isAnyoneWaiting();
  });
  await expect(failed).rejects.not.toBeInstanceOf(Refused);
  // What the other branch sends would come after the rollback, on the connection that is free again.
  await sql`select 1`.execute(database.db);
  expect(await stateOf(database.owner).executeTakeFirst()).toEqual({ state: 'held' });
  expect(await checkAllInvariants(database.db)).toEqual([]);
});

/** Ends once a statement of this database waits for a lock. */
async function isAnyoneWaiting(): Promise<void> {
  for (let look = 0; look < 500; look += 1) {
    const { rows } = await sql`select from pg_locks where not granted and pid in (
      select pid from pg_stat_activity where datname = current_database())`.execute(scene.database.owner);
    if (rows.length > 0) return;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  throw new Error('nobody waits');
}
