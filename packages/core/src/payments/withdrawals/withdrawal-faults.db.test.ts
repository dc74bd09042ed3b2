import { createDb } from '@errand-dash/db';
import { createFaultyPool } from '@errand-dash/db/testing';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { checkAllInvariants } from '../../invariants.ts';
import { bookOf, takenByTransfers } from '../testing/payout-books.ts';
import { signWithdrawal } from '../testing/payout-person.ts';
import { amount, funds, type PayoutWorld, startPayoutWorld } from '../testing/payout-world.ts';
import { confirmWithdrawal } from './confirm-withdrawal.ts';
import { listWithdrawals } from './list-withdrawals.query.ts';
import { sendWithdrawals } from './send-withdrawals.sweep.ts';
import { withdraw } from './withdraw.command.ts';

let world: PayoutWorld;

beforeAll(async () => {
  world = await startPayoutWorld();
});
afterAll(() => world.close());

const faultsAt = (statements: number) =>
  Array.from({ length: statements }, (_, index) => index + 1).flatMap((at) => [
    { name: `the connection cut before statement ${at}`, fault: { cutAt: at, when: 'before' as const } },
    { name: `the connection cut after statement ${at}`, fault: { cutAt: at, when: 'after' as const } },
    { name: `a serialization failure at statement ${at}`, fault: { raiseAt: at, code: '40001' as const } },
  ]);

// Begin, claim, then: approval, account for its terms, passkey, counter, consumption, account, post, insert; finish, commit.
describe('a fault in withdrawing', () => {
  test.each(faultsAt(12))('$name: one withdrawal, by this try or by the next', async ({ fault }) => {
    const person = await world.makePerson();
    const call = person.call();
    const input = await signWithdrawal(world.core, person, call, amount);
    const { pool, hasStruck, statements } = createFaultyPool(world.database.applicationUrl, fault);
    const db = createDb(pool);
    await withdraw({ ...world.core, db }, call, input).catch(() => undefined);
    await db.destroy();
    expect(hasStruck(), statements.join('\n')).toBe(true);
    const withdrawal = await withdraw(world.core, call, input);
    expect(await world.available(person)).toBe(funds - amount);
    const { withdrawals } = await listWithdrawals(world.core, person.call(), { limit: 10 });
    expect(withdrawals.map(({ id }) => id)).toEqual([withdrawal.id]);
    expect(await world.eventsOf(withdrawal)).toEqual(['withdrawal.requested']);
  });
});

describe('a fault in sending', () => {
  beforeAll(() => world.sweepAll());

  // Listing, claiming, asking, settling: every statement from the first to the last commit.
  test.each(faultsAt(17))('$name: one transfer, and it is paid', async ({ fault }) => {
    const { person, withdrawal } = await world.start('success');
    const { pool, hasStruck, statements } = createFaultyPool(world.database.applicationUrl, fault);
    const db = createDb(pool);
    await sendWithdrawals({ ...world.core, db }, 1).catch(() => undefined);
    await db.destroy();
    expect(hasStruck(), statements.join('\n')).toBe(true);
    await world.pass(100);
    await world.sweepAll();
    await confirmWithdrawal(world.core, withdrawal.reference);
    expect(await world.stateOf(person, withdrawal)).toBe('paid');
    expect(await world.transfersOf(withdrawal)).toBe(1);
    expect(await world.available(person)).toBe(funds - amount);
  });
});

test('after all of it the invariants hold, and the float is what the provider’s ledger says', async () => {
  await world.sweepAll();
  expect(await checkAllInvariants(world.database.db)).toEqual([]);
  expect(await bookOf(world.database.db, 'float')).toBe(await takenByTransfers(world.provider.payments));
});
