import { type ErrandState, type PostErrand, postErrandIn } from '@errand-dash/contract';
import { createTestDatabase, type TestDatabase } from '@errand-dash/db/testing';
import { sql } from 'kysely';
import { fundWallet } from '../../testing/fund-wallet.ts';
import { createTestCore, makeTestUser, type TestCore, type TestUser } from '../../testing/test-core.ts';
import { cancelErrand } from '../ending/cancel-errand.command.ts';
import { confirmErrand } from '../ending/confirm-errand.command.ts';
import type { ErrandView } from '../errand-view.query.ts';
import { postErrand } from '../posting/post-errand.command.ts';
import { acceptErrand } from '../run/accept-errand.command.ts';
import { completeErrand } from '../run/complete-errand.command.ts';
import { startErrand } from '../run/start-errand.command.ts';

/** A database with a sender who has money and two runners. */
export interface ErrandScene {
  database: TestDatabase;
  core: TestCore;
  ada: TestUser;
  bayo: TestUser;
  chidi: TestUser;
  stranger: TestUser;
}

export async function makeErrandScene(): Promise<ErrandScene> {
  const database = await createTestDatabase();
  // Without end, so that a test may confirm as many errands of one sender's as it likes.
  const core = createTestCore(database.db, { policy: { signatureRollingFromMinor: 1_000_000_000_00n } });
  const [ada, bayo, chidi, stranger] = await Promise.all([
    makeTestUser(core, 'demo_ada', ['sender', 'runner']),
    makeTestUser(core, 'demo_bayo', ['runner']),
    makeTestUser(core, 'demo_chidi', ['runner']),
    makeTestUser(core, 'demo_stranger', ['sender', 'runner']),
  ]);
  await fundWallet(core, ada.userId, 100_000_000n);
  return { database, core, ada, bayo, chidi, stranger };
}

export const RECEIPT = { goodsSpentMinor: 520_000n, receipt: 'Demo market, 12 tomatoes: 5,200' };

/** What a sender asks for: ₦4,500 for the way, ₦6,000 for the goods, due in six hours by the database's time. */
export async function errandInput(
  { database }: Pick<ErrandScene, 'database'>,
  given: {
    rewardMinor?: number;
    goodsBudgetMinor?: number;
    dueInSeconds?: number;
    expiresInSeconds?: number;
    at?: [number, number];
  } = {},
): Promise<PostErrand> {
  const now = await timeOf(database);
  const [latitude, longitude] = given.at ?? [6.4281, 3.4219];
  const fromNow = (seconds: number) => new Date(now.getTime() + seconds * 1000);
  return postErrandIn.parse({
    kind: 'buy_and_deliver',
    title: 'Tomatoes from the market',
    items: [{ name: 'tomatoes', quantity: 12 }],
    deliverTo: { latitude, longitude, address: '1 Demo Street, second floor' },
    currency: 'NGN',
    rewardMinor: given.rewardMinor ?? 450_000,
    goodsBudgetMinor: given.goodsBudgetMinor ?? 600_000,
    dueAt: fromNow(given.dueInSeconds ?? 6 * 3600),
    ...(given.expiresInSeconds === undefined ? {} : { expiresAt: fromNow(given.expiresInSeconds) }),
  });
}

/** The time of the database's commands. */
export async function timeOf({ db }: Pick<TestDatabase, 'db'>): Promise<Date> {
  const { rows } = await sql<{ command_time: Date }>`
    select command_time from begin_command(null, null, 'test', 'test', null, null)`.execute(db);
  const [row] = rows;
  if (row === undefined) throw new Error('begin_command answered no row');
  return row.command_time;
}

/** An errand brought into a state by its commands alone. */
export async function errandIn(
  scene: ErrandScene,
  state: Exclude<ErrandState, 'expired'>,
  given: Parameters<typeof errandInput>[1] = {},
): Promise<ErrandView> {
  const { core, ada, bayo } = scene;
  const posted = await postErrand(core, ada.call(), await errandInput(scene, given));
  const { errandId } = posted;
  if (state === 'posted') return posted;
  if (state === 'cancelled') return cancelErrand(core, ada.call(), { errandId });
  const accepted = await acceptErrand(core, bayo.call(), { errandId });
  if (state === 'accepted') return accepted;
  const started = await startErrand(core, bayo.call(), { errandId });
  if (state === 'started') return started;
  const completed = await completeErrand(core, bayo.call(), { errandId, ...RECEIPT });
  return state === 'completed' ? completed : confirmErrand(core, ada.call(), { errandId });
}

export { refusalOf } from '../../testing/refusal-of.ts';
