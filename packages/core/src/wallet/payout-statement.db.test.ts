import { afterAll, beforeAll, expect, test } from 'vitest';
import { timeOf } from '../errands/testing/index.ts';
import { amount, funds, type PayoutWorld, startPayoutWorld } from '../payments/testing/payout-world.ts';
import { refusalOf } from '../testing/refusal-of.ts';
import { makeTestUser, moveClock } from '../testing/test-core.ts';
import { getBalances } from './get-balances.query.ts';
import { getBalancesAt } from './get-balances-at.query.ts';
import { recomputeBalances } from './recompute-balances.query.ts';
import { getStatement } from './statement/get-statement.query.ts';

let world: PayoutWorld;
beforeAll(async () => {
  world = await startPayoutWorld();
});
afterAll(() => world.close());

const asked = { currency: 'NGN', account: { purpose: 'available' }, limit: 10 } as const;

test('money on its way out is on the statement, in the balances of then, and in what all transfers add up to', async () => {
  const { core, database } = world;
  const { person, withdrawal } = await world.start('success');
  const onTheWay = { currency: 'NGN', availableMinor: funds - amount, onTheWayMinor: amount };
  expect(await getBalances(core, person.call(), {})).toMatchObject([onTheWay]);
  const onServer = { kind: 'server', task: 'test' } as const;
  const server = { caller: onServer, idempotencyKey: null, requestId: 'test' };
  expect(await recomputeBalances(core, server, { userId: person.userId })).toMatchObject([onTheWay]);
  const at = await timeOf(database);
  await moveClock(database.owner, 60);
  await world.sweepAll();
  expect(await getBalances(core, person.call(), {})).toMatchObject([{ ...onTheWay, onTheWayMinor: 0n }]);
  expect(await getBalancesAt(core, person.call(), { at })).toMatchObject([onTheWay]);

  const { lines } = await getStatement(core, person.call(), asked);
  expect(lines[0]).toMatchObject({
    ...{ kind: 'withdrawal.hold', side: 'debit', amountMinor: amount },
    ...{ counterparty: { kind: 'bank' }, cause: { type: 'withdrawal', id: withdrawal.id } },
  });
  const byBank = await getStatement(core, person.call(), { ...asked, counterparty: { kind: 'bank' } });
  expect(byBank.lines).toEqual(lines.slice(0, 1));

  const payout = { ...asked, account: { purpose: 'payout', withdrawalId: withdrawal.id } } as const;
  const own = await getStatement(core, person.call(), payout);
  expect(
    own.lines.map(({ kind, balanceMinor, counterparty }) => [kind, balanceMinor, counterparty?.kind]),
  ).toEqual([
    ['withdrawal.pay', 0n, 'provider'],
    ['withdrawal.hold', amount, 'own'],
  ]);
  const stranger = await makeTestUser(core, 'demo_other');
  expect(await refusalOf(getStatement(core, stranger.call(), payout))).toMatchObject({
    code: 'OBJECT_NOT_FOUND',
  });
});
