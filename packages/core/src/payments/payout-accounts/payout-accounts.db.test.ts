import { readBalances } from '@errand-dash/db';
import { sql } from 'kysely';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { checkAllInvariants } from '../../invariants.ts';
import { defaultPolicy } from '../../policy.ts';
import { clockCall } from '../../sweep.ts';
import { fundWallet } from '../../testing/fund-wallet.ts';
import { codesOf, refusalOf } from '../../testing/refusal-of.ts';
import { makeSigningPerson, type SigningPerson, signAction } from '../../testing/signing-person.ts';
import type { TestCore } from '../../testing/test-core.ts';
import { createPayments } from '../payment-settings.ts';
import { addAccount, nextAccountNumber, removeAccount, withdrawNow } from '../testing/payout-person.ts';
import { type PayoutWorld, startPayoutWorld } from '../testing/payout-world.ts';
import { addPayoutAccount } from './add-payout-account.ts';
import { listBanks } from './banks/list-banks.query.ts';
import { resolveBankAccount } from './banks/resolve-bank-account.query.ts';
import { checkPayoutAccounts } from './check-payout-accounts.sweep.ts';
import { claimPayoutAccount } from './claim-payout-account.command.ts';
import { listPayoutAccounts } from './list-payout-accounts.query.ts';
import { saveAccountAnswer } from './save-account-answer.command.ts';

let world: PayoutWorld;
let provider: PayoutWorld['provider'];
/** With the policy as it is: a new account cools for a day. */
let core: TestCore;
/** As core, but the API waits for the provider no longer than half a second. */
let impatient: TestCore;

beforeAll(async () => {
  world = await startPayoutWorld();
  provider = world.provider;
  core = { ...world.core, policy: defaultPolicy };
  impatient = { ...core, payments: provider.impatient };
});
afterAll(() => world.close());
afterEach(async () => {
  expect(await checkAllInvariants(world.database.db)).toEqual([]);
});

let people = 0;
function makePerson(): Promise<SigningPerson> {
  people += 1;
  return makeSigningPerson(core, `demo_owner_${people}`);
}
const account = (bankCode = '058') => ({ bankCode, accountNumber: nextAccountNumber() });
async function add(given: TestCore, person: SigningPerson, bankAccount: ReturnType<typeof account>) {
  const call = person.call();
  const approval = await signAction(given, person, call, {
    action: 'wallet.addPayoutAccount',
    ...bankAccount,
  });
  return addPayoutAccount(given, call, { ...bankAccount, approval });
}
const list = (person: SigningPerson) => listPayoutAccounts(core, person.call(), {});
const eventsOf = async (id: string): Promise<string[]> => {
  const events = world.database.db.selectFrom('events').select('name').where('subject_id', '=', id);
  return (await events.orderBy('id').execute()).map(({ name }) => name);
};
const recipientOf = async (id: string) =>
  (
    await sql<{ recipient_code: string | null }>`
      select recipient_code from payout_accounts where id = ${id}`.execute(world.database.db)
  ).rows[0]?.recipient_code;

describe('a payout account', () => {
  test('is added with the name that the bank told, and takes withdrawals a day later', async () => {
    const person = await makePerson();
    await fundWallet(core, person.userId, 50_000_00n);
    const bankAccount = account();
    await provider.nameAccount({ ...bankAccount, accountName: 'ADA DEMO OWNER' });
    const shown = await resolveBankAccount(core, person.call(), bankAccount);
    expect(shown).toEqual({ accountName: 'ADA DEMO OWNER' });
    const added = await add(core, person, bankAccount);
    expect(added).toMatchObject({
      state: 'active',
      bankName: 'Guaranty Trust Bank',
      accountLastFour: bankAccount.accountNumber.slice(-4),
      accountName: 'ADA DEMO OWNER',
    });
    expect(added.usableAt.getTime() - added.createdAt.getTime()).toBe(86_400_000);
    expect(await list(person)).toEqual([added]);
    expect(await eventsOf(added.id)).toEqual(['payout_account.created', 'payout_account.active']);

    const payoutPerson = { ...person, payoutAccountId: added.id };
    const early = await refusalOf(withdrawNow(core, payoutPerson, 100_00n));
    expect(early).toMatchObject({ code: 'PAYOUT_ACCOUNT_COOLING', details: { usableAt: added.usableAt } });
    await world.pass(86_400);
    expect(await withdrawNow(core, payoutPerson, 100_00n)).toMatchObject({
      state: 'requested',
      recipientCode: await recipientOf(added.id),
    });
  });

  test('is added once: the same one again is the one that is there, with its own time', async () => {
    const person = await makePerson();
    const bankAccount = account();
    const first = await add(core, person, bankAccount);
    await world.pass(600);
    expect(await add(core, person, bankAccount)).toEqual(first);
    expect(await list(person)).toHaveLength(1);
  });

  test('added ten times at once is one account and one recipient', async () => {
    const person = await makePerson();
    const bankAccount = account();
    const added = await Promise.all(Array.from({ length: 10 }, () => add(core, person, bankAccount)));
    expect(new Set(added.map(({ id }) => id)).size).toBe(1);
    while ((await checkPayoutAccounts(core, 100)) > 0);
    expect(await list(person)).toMatchObject([{ state: 'active' }]);
  });

  test('of two people is known to the provider once', async () => {
    const bankAccount = account();
    const [first, second] = [await makePerson(), await makePerson()];
    const added = [await add(core, first, bankAccount), await add(core, second, bankAccount)];
    const codes = await Promise.all(added.map(({ id }) => recipientOf(id)));
    expect(codes[0]).toMatch(/^RCP_/);
    expect(codes[1]).toBe(codes[0]);
  });

  test('that was removed takes nothing, and cools again when it is added again', async () => {
    const person = await makePerson();
    const bankAccount = account();
    const first = await add(core, person, bankAccount);
    const removed = await removeAccount(core, person, first.id);
    expect(removed.state).toBe('removed');
    expect(await list(person)).toEqual([]);
    const again = removeAccount(core, person, first.id);
    expect((await refusalOf(again)).code).toBe('TRANSITION_REFUSED');
    await world.pass(600);
    const second = await add(core, person, bankAccount);
    expect(second.id).not.toBe(first.id);
    expect(second.usableAt > first.usableAt).toBe(true);
  });

  test('of somebody else cannot be removed, nor can one that is not there', async () => {
    const [owner, stranger] = [await makePerson(), await makePerson()];
    const { id } = await add(core, owner, account());
    for (const payoutAccountId of [id, '00000000-0000-7000-8000-000000000000']) {
      const attempt = removeAccount(core, stranger, payoutAccountId);
      expect((await refusalOf(attempt)).code).toBe('OBJECT_NOT_FOUND');
    }
    expect(await list(owner)).toMatchObject([{ state: 'active' }]);
  });

  test('has its number and its name nowhere in the clear', async () => {
    const person = await makePerson();
    const bankAccount = account();
    await provider.nameAccount({ ...bankAccount, accountName: 'CANARY SECRET NAME' });
    await add(core, person, bankAccount);
    for (const table of ['payout_accounts', 'approvals', 'commands', 'events']) {
      const { rows } = await sql<{ row: string }>`
        select t::text as row from ${sql.table(table)} t`.execute(world.database.db);
      const texts = rows.map(({ row }) => row).join('\n');
      for (const canary of [bankAccount.accountNumber, 'CANARY SECRET NAME']) {
        expect(texts).not.toContain(canary);
        expect(texts).not.toContain(Buffer.from(canary).toString('hex'));
      }
    }
  });
});

describe('an account that the bank does not confirm', () => {
  test('because there is none is refused for good, and may be added again', async () => {
    const person = await makePerson();
    const absent = { bankCode: '058', accountNumber: '0000123456' };
    expect((await refusalOf(resolveBankAccount(core, person.call(), absent))).code).toBe(
      'PAYOUT_ACCOUNT_NOT_FOUND_AT_BANK',
    );
    const call = person.call();
    const approval = await signAction(core, person, call, { action: 'wallet.addPayoutAccount', ...absent });
    for (let count = 0; count < 2; count += 1) {
      const attempt = addPayoutAccount(core, call, { ...absent, approval });
      expect((await refusalOf(attempt)).code).toBe('PAYOUT_ACCOUNT_NOT_FOUND_AT_BANK');
    }
    expect(await list(person)).toEqual([]);
    expect((await refusalOf(add(core, person, absent))).code).toBe('PAYOUT_ACCOUNT_NOT_FOUND_AT_BANK');
  });

  test.each(['GET /bank/resolve', 'POST /transferrecipient'])(
    'because %s gives no answer stays, and the worker finishes it',
    async (endpoint) => {
      const person = await makePerson();
      await provider.plan({ kind: 'reply_lost', endpoint, holdSeconds: 1 });
      const added = await add(impatient, person, account());
      expect(added).toMatchObject({ state: 'created', accountName: null, bankName: null });
      expect(await checkPayoutAccounts(core, 100)).toBe(0);
      await world.pass(100);
      expect(await checkPayoutAccounts(core, 100)).toBe(1);
      expect(await list(person)).toMatchObject([{ id: added.id, state: 'active' }]);
      expect(await eventsOf(added.id)).toEqual(['payout_account.created', 'payout_account.active']);
    },
  );

  test.each([
    ['a 429', { kind: 'limited', endpoint: 'GET /bank/resolve', retryAfterSeconds: 30 }],
    ['a server error', { kind: 'server_error', endpoint: 'GET /bank/resolve', status: 503 }],
  ] as const)('because of %s is not taken for one that does not exist', async (_name, fault) => {
    const person = await makePerson();
    const bankAccount = account();
    await provider.plan(fault);
    expect((await refusalOf(resolveBankAccount(core, person.call(), bankAccount))).code).toBe('SERVICE_BUSY');
    await provider.plan(fault);
    expect(await add(core, person, bankAccount)).toMatchObject({ state: 'created' });
    await world.pass(100);
    while ((await checkPayoutAccounts(core, 100)) > 0);
    expect(await list(person)).toMatchObject([{ state: 'active' }]);
  });

  test('in time leaves the caller an answer, and is done all the same', async () => {
    const person = await makePerson();
    const hurried = {
      ...core,
      policy: { ...core.policy, providerWaitSeconds: 0.1 },
    };
    await provider.plan({ kind: 'delay', endpoint: 'GET /bank/resolve', delaySeconds: 0.5 });
    expect(await add(hurried, person, account())).toMatchObject({ state: 'created', accountName: null });
    await expect.poll(async () => (await list(person))[0]?.state, { timeout: 5000 }).toBe('active');
  });

  test('takes no withdrawal however old it is', async () => {
    const person = await makePerson();
    await fundWallet(core, person.userId, 50_000_00n);
    await provider.plan({ kind: 'server_error', endpoint: 'GET /bank/resolve', status: 503, times: 1 });
    const { id: payoutAccountId } = await add(core, person, account());
    await world.pass(86_400);
    const attempt = withdrawNow(core, { ...person, payoutAccountId }, 100_00n);
    expect((await refusalOf(attempt)).code).toBe('PAYOUT_ACCOUNT_UNCONFIRMED');
    const name = { purpose: 'available', ownerId: person.userId, currency: 'NGN' } as const;
    expect(await readBalances(world.database.db, [name])).toEqual([50_000_00n]);
    while ((await checkPayoutAccounts(core, 100)) > 0);
  });

  test('and was removed meanwhile stays removed when the answer comes', async () => {
    const person = await makePerson();
    await provider.plan({ kind: 'server_error', endpoint: 'GET /bank/resolve', status: 503 });
    const { id: payoutAccountId } = await add(core, person, account());
    await removeAccount(core, person, payoutAccountId);
    const answer = {
      outcome: 'known',
      recipientCode: 'RCP_late',
      bankName: null,
      accountName: 'LATE',
    } as const;
    expect(
      await saveAccountAnswer(core, clockCall('payout_account.check'), { payoutAccountId, answer }),
    ).toBe(false);
    expect(await list(person)).toEqual([]);
    expect(await recipientOf(payoutAccountId)).toBeNull();
  });

  test('is asked about by one worker at a time, also once another has died', async () => {
    const person = await makePerson();
    await provider.plan({ kind: 'server_error', endpoint: 'GET /bank/resolve', status: 503 });
    const { id: payoutAccountId } = await add(core, person, account());
    const call = clockCall('payout_account.check');
    await world.pass(100);
    const claims = await Promise.all(
      Array.from({ length: 10 }, () => claimPayoutAccount(core, call, { payoutAccountId, purpose: 'check' })),
    );
    expect(claims.filter((claim) => claim !== null)).toHaveLength(1);
    expect(await checkPayoutAccounts(core, 100)).toBe(0);
    await world.pass(400);
    await Promise.all(Array.from({ length: 10 }, () => checkPayoutAccounts(core, 100)));
    expect(await list(person)).toMatchObject([{ state: 'active' }]);
    expect(await eventsOf(payoutAccountId)).toEqual(['payout_account.created', 'payout_account.active']);
  });
});

describe('a number that does not open', () => {
  test('keeps no account of anybody else waiting, and is asked for again by its own schedule', async () => {
    const silence = { kind: 'server_error', endpoint: 'GET /bank/resolve', status: 503 } as const;
    const addUnheard = async (person: SigningPerson) => {
      await provider.plan(silence);
      return (await add(core, person, account())).id;
    };
    const [unreadable, keyless, readable] = [await makePerson(), await makePerson(), await makePerson()];
    const broken = [await addUnheard(keyless)];
    for (let count = 0; count < 24; count += 1) broken.push(await addUnheard(unreadable));
    const good = await addUnheard(readable);
    await world.pass(100);
    const isKeyOf = ({ userId }: SigningPerson) => sql`user_id = ${userId}`;
    const { owner } = world.database;
    const { rows: kept } = await sql<{ wrapped_key: Buffer }>`
      select wrapped_key from user_data_keys where ${isKeyOf(unreadable)}`.execute(owner);
    await sql`update user_data_keys set wrapped_key = 'damaged' where ${isKeyOf(unreadable)}`.execute(owner);
    await sql`delete from user_data_keys where ${isKeyOf(keyless)}`.execute(owner);
    const told: unknown[] = [];
    const watched = { ...core, log: (...line: unknown[]) => void told.push(line) };
    expect(await checkPayoutAccounts(watched, 25)).toBe(1);
    expect(await eventsOf(good)).toEqual(['payout_account.created', 'payout_account.active']);
    for (const id of broken) expect(JSON.stringify(told)).toContain(id);
    // Each has its own next time, so that nothing is due.
    expect(await checkPayoutAccounts(watched, 25)).toBe(0);
    expect(told).toHaveLength(25);
    await sql`update user_data_keys set wrapped_key = ${kept[0]?.wrapped_key} where ${isKeyOf(unreadable)}`.execute(
      owner,
    );
    await world.pass(400);
    expect(await checkPayoutAccounts(core, 100)).toBe(24);
    expect(new Set((await list(unreadable)).map(({ state }) => state))).toEqual(new Set(['active']));
  });
});

describe('the banks', () => {
  test('are listed by name, asked for once a day, and kept while the provider is silent', async () => {
    const person = await makePerson();
    const banks = await listBanks(core, person.call(), {});
    expect(banks.map(({ name }) => name)).toEqual([...banks.map(({ name }) => name)].sort());
    expect(banks).toContainEqual({ code: '50211', name: 'Kuda Bank' });
    const down = { kind: 'server_error', endpoint: 'GET /bank', status: 503, times: 1 } as const;
    await provider.plan(down);
    expect(await listBanks(core, person.call(), {})).toEqual(banks);
    await world.pass(86_401);
    expect(await listBanks(core, person.call(), {})).toEqual(banks);
  });

  test('are not made up where the provider has never told them', async () => {
    const person = await makePerson();
    const settings = { secretKey: 'sk_test_unreachable', previousSecretKeys: [], timeoutSeconds: 1 };
    const unreachable = createPayments({ ...settings, baseUrl: 'http://127.0.0.1:9' });
    const attempt = listBanks({ ...core, payments: unreachable }, person.call(), {});
    expect((await refusalOf(attempt)).code).toBe('SERVICE_BUSY');
  });

  test('nobody is told without a session, neither banks nor names', async () => {
    const nobody = { caller: { kind: 'anonymous' }, idempotencyKey: null, requestId: 'test' } as const;
    const codes = await codesOf([listBanks(core, nobody, {}), resolveBankAccount(core, nobody, account())]);
    expect(codes).toEqual(['SESSION_MISSING', 'SESSION_MISSING']);
  });
});

test('a name that a person was shown is not asked of the bank again when he adds the account', async () => {
  const person = await makePerson();
  const bankAccount = account();
  await resolveBankAccount(core, person.call(), bankAccount);
  await provider.plan({ kind: 'server_error', endpoint: 'GET /bank/resolve', status: 503 });
  expect(await add(core, person, bankAccount)).toMatchObject({ state: 'active' });
  const other = await makePerson();
  expect(await add(core, other, bankAccount)).toMatchObject({ state: 'created' });
  expect(await addAccount(core, other, account())).toMatch(/^[0-9a-f-]{36}$/);
});
