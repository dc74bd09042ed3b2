import { afterAll, beforeAll, expect, test } from 'vitest';
import { type ErrandScene, errandIn, makeErrandScene, refusalOf, timeOf } from '../errands/testing/index.ts';
import { fundWallet } from '../testing/fund-wallet.ts';
import { makeTestUser, moveClock } from '../testing/test-core.ts';
import { getBalances } from './get-balances.query.ts';
import { getBalancesAt } from './get-balances-at.query.ts';
import { getTrialBalanceAt } from './get-trial-balance-at.query.ts';

let scene: ErrandScene;
beforeAll(async () => {
  scene = await makeErrandScene();
});
afterAll(() => scene.database.drop());

test('what a person had is found again at each instant, in escrows too', async () => {
  const { core, database } = scene;
  const sender = await makeTestUser(core, 'demo_remembers', ['sender']);
  await fundWallet(core, sender.userId, 50_000_00n);
  const seen: { at: Date; balances: unknown }[] = [];
  const look = async () => {
    seen.push({ at: await timeOf(database), balances: await getBalances(core, sender.call(), {}) });
    await moveClock(database.owner, 60);
  };
  const own = { ...scene, ada: sender };
  await look();
  await errandIn(own, 'posted');
  await look();
  await errandIn(own, 'cancelled');
  await look();
  await errandIn(own, 'confirmed');
  await look();
  for (const { at, balances } of seen)
    expect(await getBalancesAt(core, sender.call(), { at })).toEqual(balances);
  const held = seen.map(({ balances }) => (balances as { heldMinor: bigint }[])[0]?.heldMinor);
  expect(held).toEqual([0n, 10_500_00n, 10_500_00n, 10_500_00n]);
});

test('the whole book of an instant is refused to people', async () => {
  const { core, ada } = scene;
  const refusal = await refusalOf(getTrialBalanceAt(core, ada.call(), { at: new Date() }));
  expect(refusal).toMatchObject({ code: 'ROLE_MISSING' });
});
