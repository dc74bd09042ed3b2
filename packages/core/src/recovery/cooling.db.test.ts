import { sql } from 'kysely';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { anonymousCall } from '../auth/testing/passkey-person.ts';
import { cancelErrand, confirmErrand, postErrand } from '../errands/index.ts';
import { type ErrandScene, errandIn, errandInput, makeErrandScene } from '../errands/testing/index.ts';
import { checkAllInvariants } from '../invariants.ts';
import {
  addAccount,
  nextAccountNumber,
  removeAccount,
  withdrawNow,
} from '../payments/testing/payout-person.ts';
import { amount, type PayoutWorld, startPayoutWorld } from '../payments/testing/payout-world.ts';
import { sweeps } from '../sweeps.ts';
import { refusalOf } from '../testing/refusal-of.ts';
import { makeTestUser, moveClock } from '../testing/test-core.ts';
import { makeCodes, recover } from './testing/recovering-person.ts';

let world: PayoutWorld;
let scene: ErrandScene;
beforeAll(async () => {
  world = await startPayoutWorld();
  scene = await makeErrandScene();
});
afterAll(async () => {
  await world.close();
  await scene.database.drop();
});

test('for a day after a recovery nothing is withdrawn and the bank accounts stay; then all is as before', async () => {
  const { core, database } = world;
  const owner = await world.makePerson();
  const { handle } = await core.db
    .selectFrom('users')
    .where('id', '=', owner.userId)
    .select('handle')
    .executeTakeFirstOrThrow();
  const { codes } = await makeCodes(core, owner);
  const back = await recover(core, handle, codes[0] ?? '');
  const person = {
    ...owner,
    authenticator: back.authenticator,
    sessionId: back.tokens.sessionId,
    call: (key?: string) => ({
      ...owner.call(key),
      caller: { kind: 'user' as const, userId: owner.userId, sessionId: back.tokens.sessionId },
    }),
  };
  const { money_out_from: availableFrom } = await core.db
    .selectFrom('users')
    .where('id', '=', owner.userId)
    .select('money_out_from')
    .executeTakeFirstOrThrow();
  const details = { availableFrom };
  expect(await refusalOf(withdrawNow(core, person, amount))).toEqual({
    isRefusal: true,
    code: 'MONEY_OUT_COOLING',
    details,
  });
  const account = { bankCode: '058', accountNumber: nextAccountNumber() };
  const cooling = { isRefusal: true, code: 'ACCOUNT_COOLING', details };
  expect(await refusalOf(addAccount(core, person, account))).toEqual(cooling);
  expect(await refusalOf(removeAccount(core, person, person.payoutAccountId))).toEqual(cooling);
  await moveClock(database.owner, 86_400);
  expect(await withdrawNow(core, person, amount)).toMatchObject({ state: 'requested' });
  expect(await checkAllInvariants(database.db)).toEqual([]);
});

test('meanwhile the payer pays nobody, and the clock still does', async () => {
  const { core, ada, database } = scene;
  const free = await errandIn(scene, 'posted');
  const costly = await errandIn(scene, 'started');
  await moveClock(database.owner, 301);
  const done = await errandIn(scene, 'completed');
  const input = await errandInput(scene);
  const { rows } = await sql<{ now: Date }>`select clock_timestamp() as now`.execute(database.owner);
  const availableFrom = new Date((rows[0]?.now.getTime() ?? 0) + 86_400_000);
  await sql`update users set money_out_from = ${availableFrom} where id = ${ada.userId}`.execute(
    database.owner,
  );
  const cooling = { isRefusal: true, code: 'MONEY_OUT_COOLING', details: { availableFrom } };
  expect(await refusalOf(confirmErrand(core, ada.call(), { errandId: done.errandId }))).toEqual(cooling);
  expect(await refusalOf(cancelErrand(core, ada.call(), { errandId: costly.errandId }))).toEqual(cooling);
  expect(await refusalOf(postErrand(core, ada.call(), input))).toEqual(cooling);
  // What costs nothing brings the money back.
  expect(await cancelErrand(core, ada.call(), { errandId: free.errandId })).toMatchObject({
    state: 'cancelled',
  });
  const stranger = await makeTestUser(core, 'demo_onlooker', ['sender']);
  expect(await refusalOf(confirmErrand(core, stranger.call(), { errandId: done.errandId }))).toMatchObject({
    code: 'OBJECT_NOT_FOUND',
  });
  expect(await refusalOf(confirmErrand(core, anonymousCall, { errandId: done.errandId }))).toMatchObject({
    code: expect.stringMatching(/SESSION_MISSING|OBJECT_NOT_FOUND/),
  });
  await moveClock(database.owner, 86_400);
  await sweeps['advance-errands']?.(core, 100);
  const { state } = await core.db
    .selectFrom('errands')
    .where('id', '=', done.errandId)
    .select('state')
    .executeTakeFirstOrThrow();
  expect(state).toBe('confirmed');
  expect(await checkAllInvariants(database.db)).toEqual([]);
});
