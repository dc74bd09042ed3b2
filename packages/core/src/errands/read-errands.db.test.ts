import type { FindErrandsNear } from '@errand-dash/contract';
import { greatCircleDistance } from 'h3-js';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { makeTestUser, moveClock, type TestUser } from '../testing/test-core.ts';
import { advanceErrands } from './advance-errands.sweep.ts';
import { cancelErrand } from './ending/cancel-errand.command.ts';
import { getErrand } from './get-errand.query.ts';
import { getErrandHistory } from './get-errand-history.query.ts';
import { listMyErrands } from './list-my-errands.query.ts';
import { type ErrandListing, findErrandsNear } from './listings/find-errands-near.query.ts';
import { postErrand } from './posting/post-errand.command.ts';
import { acceptErrand } from './run/accept-errand.command.ts';
import {
  type ErrandScene,
  errandIn,
  errandInput,
  makeErrandScene,
  RECEIPT,
  refusalOf,
} from './testing/errand-scene.ts';

let scene: ErrandScene;
beforeAll(async () => {
  scene = await makeErrandScene();
});
afterAll(() => scene.database.drop());

describe('an errand', () => {
  test('shows each party what it may see and do', async () => {
    const { core, ada, bayo } = scene;
    const { errandId } = await errandIn(scene, 'completed');
    const common = { state: 'completed', ...RECEIPT, deliverTo: { address: '1 Demo Street, second floor' } };
    expect(await getErrand(core, ada.call(), { errandId })).toMatchObject({
      ...common,
      allowedActions: ['confirm'],
    });
    expect(await getErrand(core, bayo.call(), { errandId })).toMatchObject({ ...common, allowedActions: [] });
  });
  test('is to a stranger what a random id is', async () => {
    const { core, ada, bayo, stranger } = scene;
    const { errandId } = await errandIn(scene, 'posted');
    const random = await refusalOf(getErrand(core, stranger.call(), { errandId: ada.userId }));
    expect(random).toMatchObject({ code: 'OBJECT_NOT_FOUND' });
    for (const person of [bayo, stranger]) {
      expect(await refusalOf(getErrand(core, person.call(), { errandId }))).toEqual(random);
      expect(await refusalOf(getErrandHistory(core, person.call(), { errandId }))).toEqual(random);
      expect(await refusalOf(cancelErrand(core, person.call(), { errandId }))).toEqual(random);
    }
  });
  test('outlives the key of its runner, without the receipt', async () => {
    const { core, database } = scene;
    const gone = await makeTestUser(core, 'demo_gone', ['sender', 'runner']);
    const { errandId } = await errandIn({ ...scene, bayo: gone }, 'completed');
    await database.db.deleteFrom('user_data_keys').where('user_id', '=', gone.userId).execute();
    const errand = await getErrand(core, scene.ada.call(), { errandId });
    expect(errand.deliverTo).toBeDefined();
    expect(errand.receipt).toBeUndefined();
    expect(await getErrand(core, gone.call(), { errandId })).toMatchObject({ state: 'completed' });
  });
});

describe('the history', () => {
  test('says what happened, in order, and by whom', async () => {
    const { core, ada, bayo } = scene;
    const { errandId } = await errandIn(scene, 'confirmed');
    const changes = await getErrandHistory(core, bayo.call(), { errandId });
    expect(changes.map(({ event, by }) => `${event} by ${by}`)).toEqual([
      'errand.posted by sender',
      'errand.accepted by runner',
      'errand.started by runner',
      'errand.completed by runner',
      'errand.confirmed by sender',
    ]);
    expect(await getErrandHistory(core, ada.call(), { errandId })).toEqual(changes);
  });
  test('tells the clock’s part and that of a former runner', async () => {
    const { core, ada, chidi, database } = scene;
    const { errandId } = await errandIn(scene, 'accepted');
    await moveClock(database.owner, 2 * 3600);
    await advanceErrands(core, 100);
    await acceptErrand(core, chidi.call(), { errandId });
    const changes = await getErrandHistory(core, ada.call(), { errandId });
    expect(changes.map(({ event, by }) => `${event} by ${by}`)).toEqual([
      'errand.posted by sender',
      'errand.accepted by runner',
      'errand.reopened by clock',
      'errand.accepted by runner',
    ]);
  });
});

describe('one’s own errands', () => {
  test('come in pages, newest first, each once', async () => {
    const { core, bayo } = scene;
    const gbenga = await makeTestUser(core, 'demo_gbenga', ['runner']);
    const own = { ...scene, bayo: gbenga };
    const ids: string[] = [];
    for (const state of ['accepted', 'started', 'completed', 'confirmed', 'accepted'] as const) {
      ids.unshift((await errandIn(own, state)).errandId);
    }
    const pages: string[][] = [];
    let cursor: string | undefined;
    do {
      const input = { as: 'runner' as const, limit: 2, ...(cursor === undefined ? {} : { cursor }) };
      const page = await listMyErrands(core, gbenga.call(), input);
      pages.push(page.errands.map(({ errandId }) => errandId));
      cursor = page.nextCursor ?? undefined;
    } while (cursor !== undefined);
    expect(pages).toEqual([ids.slice(0, 2), ids.slice(2, 4), ids.slice(4)]);
    expect(await listMyErrands(core, gbenga.call(), { as: 'sender', limit: 20 })).toEqual({
      errands: [],
      nextCursor: null,
    });
    const others = await listMyErrands(core, bayo.call(), { as: 'runner', limit: 100 });
    expect(others.errands.filter(({ errandId }) => ids.includes(errandId))).toEqual([]);
  });
  test('a cursor from elsewhere is refused', async () => {
    const { core, ada } = scene;
    for (const cursor of ['bm90IGpzb24', Buffer.from('["x"]').toString('base64url')]) {
      const refusal = await refusalOf(listMyErrands(core, ada.call(), { as: 'sender', limit: 2, cursor }));
      expect(refusal).toMatchObject({ code: 'INPUT_INVALID', details: { issues: [{ path: 'cursor' }] } });
    }
  });
});

describe('errands near', () => {
  const here: [number, number] = [9.0563, 7.4985];
  /** So far to the east of here. */
  const east = (metres: number): [number, number] => [
    here[0],
    here[1] + metres / (111_320 * Math.cos((here[0] * Math.PI) / 180)),
  ];
  const near = { latitude: here[0], longitude: here[1] };
  const input: FindErrandsNear = { near, radiusMetres: 50_000, limit: 100 };
  let halima: TestUser;
  let posted: Map<string, number>;

  beforeAll(async () => {
    const { core, ada } = scene;
    halima = await makeTestUser(core, 'demo_halima', ['runner']);
    posted = new Map();
    for (const metres of [30_000, 400, 12_000, 49_000, 2_500, 400, 7_000, 60_000]) {
      const { errandId } = await postErrand(core, ada.call(), await errandInput(scene, { at: east(metres) }));
      posted.set(errandId, metres);
    }
  });
  const find = (given: Partial<FindErrandsNear> = {}) =>
    findErrandsNear(scene.core, halima.call(), { ...input, ...given });
  const metresOf = (errands: ErrandListing[]) => errands.map(({ errandId }) => posted.get(errandId));

  test('come nearest first, within the radius', async () => {
    const { errands, nextCursor } = await find();
    expect(metresOf(errands)).toEqual([400, 400, 2_500, 7_000, 12_000, 30_000, 49_000]);
    expect(nextCursor).toBeNull();
    expect(metresOf((await find({ radiusMetres: 10_000 })).errands)).toEqual([400, 400, 2_500, 7_000]);
  });

  test('tell the distance to the middle of a cell, and nothing more exact', async () => {
    const { errands } = await find();
    for (const { place, distanceMetres } of errands) {
      const metres = greatCircleDistance(here, [place.latitude, place.longitude], 'm');
      expect(Math.abs(metres - distanceMetres)).toBeLessThan(1);
    }
    const [one, other] = errands;
    expect(one?.place).toEqual(other?.place);
    expect(
      JSON.stringify(errands, (_, value) => (typeof value === 'bigint' ? Number(value) : value)),
    ).not.toMatch(/deliverTo|Demo Street|9\.0563|ealed/);
  });

  test('come in pages that neither repeat nor leave out, also while one goes', async () => {
    const first = await find({ limit: 1 });
    expect(metresOf(first.errands)).toEqual([400]);
    const second = await find({ limit: 2, cursor: first.nextCursor ?? '' });
    expect(metresOf(second.errands)).toEqual([400, 2_500]);
    expect(second.errands[0]?.errandId).not.toBe(first.errands[0]?.errandId);
    const { errandId } = await postErrand(
      scene.core,
      scene.ada.call(),
      await errandInput(scene, { at: east(400) }),
    );
    const third = await find({ limit: 2, cursor: second.nextCursor ?? '' });
    expect(metresOf(third.errands)).toEqual([7_000, 12_000]);
    await cancelErrand(scene.core, scene.ada.call(), { errandId });
    expect((await find()).errands.map((errand) => errand.errandId)).not.toContain(errandId);
  });

  test('are not one’s own, taken or expired', async () => {
    const { core, ada, bayo, database } = scene;
    expect((await findErrandsNear(core, ada.call(), input)).errands).toEqual([]);
    const [nearest] = (await find()).errands;
    if (nearest === undefined) throw new Error('nothing is near');
    await acceptErrand(core, bayo.call(), { errandId: nearest.errandId });
    expect((await find()).errands.map(({ errandId }) => errandId)).not.toContain(nearest.errandId);
    await moveClock(database.owner, 6 * 3600 + 60);
    expect((await find()).errands).toEqual([]);
  });

  test('are for runners, and a cursor from elsewhere is refused', async () => {
    const { core } = scene;
    const sender = await makeTestUser(core, 'demo_sender_only', ['sender']);
    expect(await refusalOf(findErrandsNear(core, sender.call(), input))).toMatchObject({
      code: 'ROLE_MISSING',
      details: { role: 'runner' },
    });
    const cursor = Buffer.from('[1,"x"]').toString('base64url');
    expect(await refusalOf(find({ cursor }))).toMatchObject({ code: 'INPUT_INVALID' });
  });
});
