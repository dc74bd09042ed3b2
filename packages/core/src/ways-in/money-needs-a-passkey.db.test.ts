import { withdrawIn } from '@errand-dash/contract';
import { createTestDatabase, type TestDatabase } from '@errand-dash/db/testing';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { makeAuthenticator } from '../auth/testing/passkey-person.ts';
import type { Call } from '../claim.ts';
import { checkAllInvariants } from '../invariants.ts';
import { addFirstPasskey, beginAddPasskey } from '../passkeys/index.ts';
import { withdraw } from '../payments/index.ts';
import {
  addAccount,
  makePayoutPerson,
  nextAccountNumber,
  type PayoutPerson,
  withdrawNow,
} from '../payments/testing/payout-person.ts';
import { defaultPolicy } from '../policy.ts';
import { beginApproval } from '../signed-actions.ts';
import { availableOf, fundWallet } from '../testing/fund-wallet.ts';
import { refusalOf } from '../testing/refusal-of.ts';
import { makeSigningPerson, signAction } from '../testing/signing-person.ts';
import { createTestCore, makeTestUser, moveClock, type TestCore } from '../testing/test-core.ts';
import { startTestProvider, type TestProvider } from '../testing/test-provider.ts';
import { beginProviderSignIn } from './identity-providers/begin-identity-ceremony.command.ts';
import { finishProviderSignIn } from './identity-providers/finish-provider-sign-in.command.ts';
import { signUpWithProvider } from './identity-providers/sign-up-with-provider.command.ts';
import { beginTotp } from './second-factors/begin-totp.command.ts';
import { confirmTotp } from './second-factors/confirm-totp.command.ts';
import { type IdentityServer, redirectUrl, startIdentityServer } from './testing/identity-server.ts';
import {
  anonymousCall,
  codeOf,
  device,
  readSecret,
  setDemoPassword,
  tryCode,
  tryPassword,
  turnPasswordsOn,
} from './testing/ways-in-person.ts';

let database: TestDatabase;
let provider: TestProvider;
let core: TestCore;
let server: IdentityServer;
let ada: PayoutPerson;
const funds = 100_000_00n;

beforeAll(async () => {
  database = await createTestDatabase();
  provider = await startTestProvider();
  server = await startIdentityServer();
  const policy = { payout: { ...defaultPolicy.payout, coolingSeconds: 0 } };
  core = createTestCore(database.db, { payments: provider.payments, policy });
  turnPasswordsOn(core);
  ada = await makePayoutPerson(core, 'demo_ada', { fundsMinor: funds });
});
afterAll(async () => {
  await server.close();
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

test('who came by an identity provider gets a first passkey, and a day later withdraws by it', async () => {
  const { deviceId } = device;
  core.waysIn = { ...core.waysIn, identityProviders: [server.client()] };
  const given = { provider: 'demo', redirectUrl, deviceId };
  const { ceremonyId, url } = await beginProviderSignIn(core, anonymousCall, given);
  const callbackUrl = await server.visit(url, { subject: 'chidi' });
  const answer = await finishProviderSignIn(core, anonymousCall, { ...device, ceremonyId, callbackUrl });
  if (answer.outcome !== 'account_needed') throw new Error(`it was ${answer.outcome}`);
  const { signUpId } = answer;
  const asked = { ...device, signUpId, handle: 'demo_chidi', displayName: 'Demo Chidi' };
  const { tokens, user } = await signUpWithProvider(core, anonymousCall, asked);
  const { userId } = user;
  const { sessionId } = tokens;
  const authenticator = makeAuthenticator(core);
  let keys = 0;
  const call = (key = `demo-chidi-${++keys}`): Call => ({
    caller: { kind: 'user', userId, sessionId },
    idempotencyKey: key,
    requestId: 'test',
  });
  const chidi = { userId, sessionId, authenticator, call };
  const account = { bankCode: '058', accountNumber: nextAccountNumber() };
  expect((await refusalOf(addAccount(core, chidi, account))).code).toBe('PASSKEY_MISSING');
  const begun = await beginAddPasskey(core, call(), {});
  const response = await authenticator.create(begun.options);
  await addFirstPasskey(core, call(), { ceremony: begun.ceremony, response, name: 'Demo key' });
  await fundWallet(core, userId, funds);
  // The thief of a provider's account could add one as well: its owner has a day to hear of it.
  expect((await refusalOf(addAccount(core, chidi, account))).code).toBe('ACCOUNT_COOLING');
  await moveClock(database.owner, 86_400);
  const payoutAccountId = await addAccount(core, chidi, account);
  const person = { ...chidi, payoutAccountId };
  await withdrawNow(core, person, 20_000_00n);
  expect(await availableOf(database.db, userId)).toBe(funds - 20_000_00n);
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
