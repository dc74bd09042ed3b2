import type { ApprovalAction } from '@errand-dash/contract';
import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { grantRole, reinstateUser, revokeRole, suspendUser } from './admin/index.ts';
import { makeOperator } from './admin/testing/operator-person.ts';
import { enrollDeviceKey, revokeDeviceKey, type SignedInput } from './approvals/index.ts';
import { enrollDevice, makeDevice } from './approvals/testing/device.ts';
import { beginSignIn, finishSignIn } from './auth/index.ts';
import type { Call } from './claim.ts';
import type { Command } from './command.ts';
import { cancelErrand, confirmErrand } from './errands/index.ts';
import { type ErrandScene, errandIn, makeErrandScene } from './errands/testing/errand-scene.ts';
import { checkAllInvariants } from './invariants.ts';
import { addPasskey, removePasskey } from './passkeys/index.ts';
import { type PasskeyScene, passkeyScene } from './passkeys/testing/passkey-scene.ts';
import { addPayoutAccount, removePayoutAccount, withdraw } from './payments/index.ts';
import { addAccount, nextAccountNumber } from './payments/testing/payout-person.ts';
import { defaultPolicy } from './policy.ts';
import { createRecoveryCodes } from './recovery/index.ts';
import { signedActions, verifyApproval } from './signed-actions.ts';
import { availableOf, fundWallet } from './testing/fund-wallet.ts';
import { refusalOf } from './testing/refusal-of.ts';
import { type SigningPerson, signAction, type ToSign } from './testing/signing-person.ts';
import { createTestCore, makeTestUser, moveClock, type TestCore } from './testing/test-core.ts';
import { startTestProvider, type TestProvider } from './testing/test-provider.ts';
import { removePassword, removeTotp, setPassword } from './ways-in/index.ts';
import { turnPasswordsOn } from './ways-in/testing/index.ts';

let base: ErrandScene;
let provider: TestProvider;
let core: TestCore;
/** Who signs, and a thief who may do all that she may. */
let ada: SigningPerson;
let thief: SigningPerson;
let secondAccount: string;
let passkeys: PasskeyScene;
let targets = 0;

beforeAll(async () => {
  base = await makeErrandScene();
  provider = await startTestProvider();
  const policy = {
    payout: { ...defaultPolicy.payout, coolingSeconds: 0 },
    auth: { ...defaultPolicy.auth, passkeysMax: 1000, deviceKeysMax: 1000 },
  };
  core = {
    ...createTestCore(base.database.db, { payments: provider.payments, policy }),
    keyring: base.core.keyring,
  };
  turnPasswordsOn(core);
  passkeys = passkeyScene(core);
  ada = await makeOperator(core, 'demo_signer', ['sender', 'super_admin']);
  thief = await makeOperator(core, 'demo_thief', ['sender', 'super_admin']);
  for (const { userId } of [ada, thief]) await fundWallet(core, userId, 900_000_000n);
  secondAccount = await newAccount();
});
afterAll(async () => {
  expect(await checkAllInvariants(base.database.db)).toEqual([]);
  await provider.close();
  await base.database.drop();
});

const newAccount = () => addAccount(core, ada, { bankCode: '044', accountNumber: nextAccountNumber() });
const newErrand = async (state: 'started' | 'completed') => {
  const scene = { ...base, core, ada };
  const { errandId } = await errandIn(scene, state, { rewardMinor: 5_000_000 });
  // Past the time in which cancelling is free.
  await sql`update errands set accepted_at = accepted_at - interval '301 seconds' where id = ${errandId}`.execute(
    core.db,
  );
  return errandId;
};
const newCredential = async () => (await passkeys.makeCredential(ada)).input;
const newTarget = async (): Promise<string> => {
  targets += 1;
  return (await makeTestUser(core, `demo_target_${targets}`, ['vendor'])).userId;
};
const newSuspended = async (): Promise<string> => {
  const userId = await newTarget();
  await sql`update users set suspended_at = created_at where id = ${userId}`.execute(core.db);
  return userId;
};
/** Gives ada an authenticator app and a password, or none: in a session as old as hers she could not begin an app. */
async function newWaysIn(hasPassword: boolean): Promise<object> {
  const { userId } = ada;
  await sql`insert into totp_factors (user_id, id, secret_sealed, begun_at, confirmed_at, last_step)
    values (${userId}, ${crypto.randomUUID()}, '\\x00', now(), now(), 1) on conflict (user_id) do nothing`.execute(
    core.db,
  );
  await sql`delete from passwords where user_id = ${userId}`.execute(core.db);
  if (hasPassword) {
    await sql`insert into passwords (user_id, hash_sealed, set_at) values (${userId}, '\\x00', now())`.execute(
      core.db,
    );
  }
  return {};
}
const reason = 'A demo reason';

/** An action, what is asked of it, and what else it might be made to do with the same signature. */
interface Hostile<A extends ApprovalAction> {
  ask: () => Promise<SignedInput<A>>;
  others: Record<string, () => Promise<Partial<SignedInput<A>>>>;
  act: Command<SignedInput<A> & { approval: Awaited<ReturnType<typeof signAction>> }, unknown>;
}

/** A row for every action of the registry. One that is missing does not compile. */
const hostile: { [A in ApprovalAction]: Hostile<A> } = {
  'wallet.withdraw': {
    ask: async () => ({
      amountMinor: 20_000_00n,
      currency: 'NGN',
      payoutAccountId: await newAccount(),
    }),
    others: {
      'one kobo more': async () => ({ amountMinor: 20_000_01n }),
      'one kobo less': async () => ({ amountMinor: 19_999_99n }),
      'another account': async () => ({ payoutAccountId: secondAccount }),
    },
    act: withdraw,
  },
  'wallet.addPayoutAccount': {
    ask: async () => ({ bankCode: '058', accountNumber: nextAccountNumber() }),
    others: {
      'another number': async () => ({ accountNumber: nextAccountNumber() }),
      'another bank': async () => ({ bankCode: '044' }),
    },
    act: addPayoutAccount,
  },
  'wallet.removePayoutAccount': {
    ask: async () => ({ payoutAccountId: await newAccount() }),
    others: { 'another account': async () => ({ payoutAccountId: secondAccount }) },
    act: removePayoutAccount,
  },
  'errands.confirm': {
    ask: async () => ({ errandId: await newErrand('completed') }),
    others: { 'another errand': async () => ({ errandId: await newErrand('completed') }) },
    act: confirmErrand,
  },
  'errands.cancel': {
    ask: async () => ({ errandId: await newErrand('started') }),
    others: { 'another errand': async () => ({ errandId: await newErrand('started') }) },
    act: cancelErrand,
  },
  'auth.addPasskey': {
    ask: newCredential,
    others: {
      'another credential': newCredential,
      'another attestation': async () => ({ response: (await newCredential()).response }),
    },
    act: addPasskey,
  },
  'auth.removePasskey': {
    ask: async () => ({ passkeyId: (await passkeys.add(ada)).passkeyId }),
    others: { 'another passkey': async () => ({ passkeyId: (await passkeys.add(ada)).passkeyId }) },
    act: removePasskey,
  },
  'admin.grantRole': {
    ask: async () => ({ userId: await newTarget(), role: 'sender', reason }),
    others: {
      'another role': async () => ({ role: 'super_admin' }),
      'another person': async () => ({ userId: await newTarget() }),
      'another reason': async () => ({ reason: 'Another reason' }),
    },
    act: grantRole,
  },
  'admin.revokeRole': {
    ask: async () => ({ userId: await newTarget(), role: 'vendor', reason }),
    others: {
      'another role': async () => ({ role: 'super_admin' }),
      'another person': async () => ({ userId: thief.userId }),
      'another reason': async () => ({ reason: 'Another reason' }),
    },
    act: revokeRole,
  },
  'admin.suspendUser': {
    ask: async () => ({ userId: await newTarget(), reason }),
    others: {
      'another person': async () => ({ userId: thief.userId }),
      'another reason': async () => ({ reason: 'Another reason' }),
    },
    act: suspendUser,
  },
  'admin.reinstateUser': {
    ask: async () => ({ userId: await newSuspended(), reason }),
    others: {
      'another person': async () => ({ userId: await newSuspended() }),
      'another reason': async () => ({ reason: 'Another reason' }),
    },
    act: reinstateUser,
  },
  'approvals.enrollDeviceKey': {
    ask: async () => ({ name: 'Demo console', publicKey: makeDevice().publicKey }),
    others: { 'another key pair': async () => ({ publicKey: makeDevice().publicKey }) },
    act: enrollDeviceKey,
  },
  'approvals.revokeDeviceKey': {
    ask: async () => ({ deviceKeyId: await enrollDevice(core, ada, makeDevice()) }),
    others: {
      'another device': async () => ({ deviceKeyId: await enrollDevice(core, ada, makeDevice()) }),
    },
    act: revokeDeviceKey,
  },
  'auth.setPassword': {
    ask: async () => {
      await newWaysIn(false);
      return { newPassword: 'a demo pass phrase' };
    },
    others: { 'another password': async () => ({ newPassword: 'another demo pass phrase' }) },
    act: setPassword,
  },
  'auth.removePassword': { ask: () => newWaysIn(true), others: {}, act: removePassword },
  'auth.removeTotp': { ask: () => newWaysIn(false), others: {}, act: removeTotp },
  'recovery.createCodes': { ask: async () => ({}), others: {}, act: createRecoveryCodes },
};

interface Signed {
  call: Call;
  input: object & { approval: Awaited<ReturnType<typeof signAction>> };
  act: (call: Call, input: object) => Promise<unknown>;
}

/** An action that ada has signed. TypeScript cannot carry an action's own input through the union. */
async function signed(action: ApprovalAction): Promise<Signed> {
  const { ask, act } = hostile[action] as unknown as Hostile<'wallet.withdraw'>;
  const call = ada.call();
  const asked = await ask();
  const approval = await signAction(core, ada, call, { action, ...asked } as ToSign);
  return {
    call,
    input: { ...asked, approval },
    act: (by, input) => act(core, by, input as Parameters<typeof act>[2]),
  };
}

const stateOf = async ({ approval }: Signed['input']): Promise<string | undefined> =>
  (
    await sql<{ state: string }>`select state from approvals where id = ${approval.approvalId}`.execute(
      core.db,
    )
  ).rows[0]?.state;

/** Refused as a wrong signature, with no money moved. */
async function expectRefused(one: Signed, call: Call, input: object, state: string): Promise<void> {
  const before = await availableOf(core.db, ada.userId);
  expect((await refusalOf(one.act(call, input))).code).toBe('SIGNATURE_REFUSED');
  expect(await availableOf(core.db, ada.userId)).toBe(before);
  expect(await stateOf(one.input)).toBe(state);
}

async function otherSession(): Promise<string> {
  const nobody: Call = { caller: { kind: 'anonymous' }, idempotencyKey: null, requestId: 'test' };
  const begun = await beginSignIn(core, nobody, { handle: 'demo_signer' });
  const response = await ada.authenticator.get(begun.options);
  const device = { deviceId: 'demo-device-9876543210', userAgent: 'test', networkAddress: '203.0.113.7' };
  const given = { ceremony: begun.ceremony, response, ...device };
  return (await finishSignIn(core, nobody, given)).tokens.sessionId;
}

const actions = Object.keys(signedActions) as ApprovalAction[];
const variants = actions.flatMap((action) =>
  Object.keys(hostile[action].others).map((name) => [action, name] as const),
);

describe.each(actions)('a signature over %s', (action) => {
  test('is taken once, proved, and never again', async () => {
    const one = await signed(action);
    await one.act(one.call, one.input);
    expect(await verifyApproval(core, one.input.approval.approvalId)).toMatchObject({ isProven: true });
    await expectRefused(one, ada.call(), one.input, 'accepted');
  });

  test('is good for no other key', async () => {
    const one = await signed(action);
    await expectRefused(one, ada.call(), one.input, 'refused');
    await expectRefused(one, one.call, one.input, 'refused');
  });

  test('is good in no other session', async () => {
    const one = await signed(action);
    const sessionId = await otherSession();
    const elsewhere: Call = { ...one.call, caller: { kind: 'user', userId: ada.userId, sessionId } };
    await expectRefused(one, elsewhere, one.input, 'refused');
  });

  test('is of no use to somebody else, who cannot even spend it', async () => {
    const one = await signed(action);
    await expectRefused(one, thief.call(one.call.idempotencyKey ?? ''), one.input, 'open');
    await one.act(one.call, one.input);
  });

  test('by the passkey of somebody else is none', async () => {
    const one = await signed(action);
    const others = await signed(action);
    const { response } = await signAction(core, thief, thief.call(), {
      action: 'wallet.addPayoutAccount',
      bankCode: '058',
      accountNumber: nextAccountNumber(),
    });
    const swapped = { ...one.input, approval: { ...one.input.approval, response } };
    await expectRefused(one, one.call, swapped, 'refused');
    const older = { ...one.input, approval: { ...others.input.approval, response } };
    await expectRefused(others, others.call, older, 'refused');
  });

  test('is good for two minutes', async () => {
    const one = await signed(action);
    await moveClock(base.database.owner, 121);
    await expectRefused(one, one.call, one.input, 'refused');
  });

  test('is none when it is over another action', async () => {
    const one = await signed(action);
    const other = await signed(action === 'admin.suspendUser' ? 'admin.reinstateUser' : 'admin.suspendUser');
    const mixed = { ...one.input, approval: other.input.approval };
    await expectRefused(other, one.call, mixed, 'refused');
  });
});

test.each(variants)('a signature over %s is not good for %s', async (action, name) => {
  const one = await signed(action);
  const change = await hostile[action].others[name]?.();
  await expectRefused(one, one.call, { ...one.input, ...change }, 'refused');
});

test.each(actions.filter((action) => signedActions[action].limit === 'from_amount'))(
  '%s above the limit is asked to be signed when it comes unsigned',
  async (action) => {
    const { call, input, act } = await signed(action);
    const { approval: _approval, ...unsigned } = input;
    expect((await refusalOf(act(call, unsigned))).code).toBe('SIGNATURE_NEEDED');
  },
);
