import { withdrawIn } from '@errand-dash/contract';
import { createTestDatabase, type TestDatabase } from '@errand-dash/db/testing';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import type { Call } from '../claim.ts';
import { checkAllInvariants } from '../invariants.ts';
import { withdraw } from '../payments/index.ts';
import { makePayoutPerson, type PayoutPerson } from '../payments/testing/payout-person.ts';
import { defaultPolicy } from '../policy.ts';
import { beginApproval } from '../signed-actions.ts';
import { availableOf } from '../testing/fund-wallet.ts';
import { refusalOf } from '../testing/refusal-of.ts';
import { makeSigningPerson, signAction } from '../testing/signing-person.ts';
import { createTestCore, makeTestUser, moveClock, type TestCore } from '../testing/test-core.ts';
import { startTestProvider, type TestProvider } from '../testing/test-provider.ts';
import { beginTotp } from './second-factors/begin-totp.command.ts';
import { confirmTotp } from './second-factors/confirm-totp.command.ts';
import {
  codeOf,
  readSecret,
  setDemoPassword,
  tryCode,
  tryPassword,
  turnPasswordsOn,
} from './testing/ways-in-person.ts';

let database: TestDatabase;
let provider: TestProvider;
let core: TestCore;
let ada: PayoutPerson;
const funds = 100_000_00n;

beforeAll(async () => {
  database = await createTestDatabase();
  provider = await startTestProvider();
  const policy = { payout: { ...defaultPolicy.payout, coolingSeconds: 0 } };
  core = createTestCore(database.db, { payments: provider.payments, policy });
  turnPasswordsOn(core);
  ada = await makePayoutPerson(core, 'demo_ada', { fundsMinor: funds });
});
afterAll(async () => {
  await provider.close();
  await database.drop();
});
afterEach(async () => {
  expect(await checkAllInvariants(database.db)).toEqual([]);
});

/** Signs in by password and second factor, and calls in that session. */
async function signInByPassword(): Promise<() => Call> {
  const secret = readSecret((await beginTotp(core, ada.call(), {})).secret);
  await confirmTotp(core, ada.call(), { code: await codeOf(database, secret) });
  await setDemoPassword(core, ada);
  await moveClock(database.owner, 60);
  const { secondFactorId } = await tryPassword(core, { name: 'demo_ada' });
  const { tokens } = await tryCode(core, secondFactorId, await codeOf(database, secret));
  return () => ({
    ...ada.call(),
    caller: { kind: 'user', userId: ada.userId, sessionId: tokens.sessionId },
  });
}

test('a session by password and second factor withdraws nothing without a passkey, and with it what was signed', async () => {
  const callByPassword = await signInByPassword();
  const asked = {
    amountMinor: 20_000_00n,
    currency: 'NGN' as const,
    payoutAccountId: ada.payoutAccountId,
  };
  // Nothing takes a withdrawal that is not signed.
  expect(withdrawIn.safeParse({ ...asked, amountMinor: 2_000_000 }).success).toBe(false);
  const call = callByPassword();
  const begun = await beginApproval(core, call, {
    action: 'wallet.withdraw',
    idempotencyKey: call.idempotencyKey ?? '',
    ...asked,
  });
  // Whoever knows the password and has the app still needs the very passkey that is asked for.
  expect(begun.options.allowCredentials).toHaveLength(1);
  const thief = await makeSigningPerson(core, 'demo_thief');
  const response = await thief.authenticator.get({ ...begun.options, allowCredentials: [] });
  const forged = { ...asked, approval: { approvalId: begun.approvalId, response } };
  expect((await refusalOf(withdraw(core, call, forged))).code).toBe('SIGNATURE_REFUSED');
  expect(await availableOf(database.db, ada.userId)).toBe(funds);
  const signed = callByPassword();
  const approval = await signAction(core, ada, signed, { action: 'wallet.withdraw', ...asked });
  await withdraw(core, signed, { ...asked, approval });
  expect(await availableOf(database.db, ada.userId)).toBe(funds - asked.amountMinor);
});

test('who has no passkey is told so when he would sign', async () => {
  const bola = await makeTestUser(core, 'demo_bola', ['sender']);
  const call = bola.call();
  const asked = {
    action: 'wallet.addPayoutAccount' as const,
    idempotencyKey: call.idempotencyKey ?? '',
    bankCode: '058',
    accountNumber: '2000000001',
  };
  expect((await refusalOf(beginApproval(core, call, asked))).code).toBe('PASSKEY_MISSING');
});
