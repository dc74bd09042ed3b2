import { parseId } from '@errand-dash/contract';
import { type Call, defaultPolicy, deliverNotices, grantOnServer, type Policy } from '@errand-dash/core';
import { fundWallet, sentCode, startTestProvider, type TestProvider } from '@errand-dash/core/testing';
import { type HttpDevice, httpDevice } from '../../testing/http-device.ts';
import { startTestApi, type TestApi } from '../../testing/test-api.ts';
import type { Actor } from './matrix-row.ts';
import { planted } from './planted-secrets.ts';
import { grant, suspend } from './standing.ts';

/** A running API with people on it whose things are asked for. */
export interface Scene {
  api: TestApi;
  provider: TestProvider;
  /** Nobody's device, too, can sign: it belongs to somebody who has signed out. */
  people: Readonly<Record<Actor, HttpDevice>>;
  userIds: Readonly<Record<Actor, string>>;
  handles: Readonly<Record<Actor, string>>;
  /** A handle that nobody has. */
  newHandle: () => string;
  /** A phone number, an address and an account number that nobody else has. */
  newPhone: () => string;
  newEmail: () => string;
  newAccountNumber: () => string;
  signUp: (
    roles: readonly ('sender' | 'runner')[],
  ) => Promise<{ device: HttpDevice; userId: string; handle: string }>;
  close: () => Promise<void>;
}

/** Nothing here needs to wait, and nobody meets a limit that is tested elsewhere. */
function policy(): Policy {
  const rate = { sold: 'NGN', bought: 'KWD', rate: '0.0002', source: 'demo' } as const;
  const from = new Date(Date.now() - 60_000);
  return {
    ...defaultPolicy,
    openCurrencies: ['NGN', 'KWD'],
    exchange: { ...defaultPolicy.exchange, rates: [{ ...rate, from }] },
    sealAfterSeconds: 0,
    payout: { ...defaultPolicy.payout, coolingSeconds: 0 },
    auth: { ...defaultPolicy.auth, passkeysMax: 500, deviceKeysMax: 500 },
    signatureRollingFromMinor: 1_000_000_000_00n,
  };
}

export async function makeScene(): Promise<Scene> {
  const provider = await startTestProvider();
  const api = await startTestApi({ core: { payments: provider.payments, policy: policy() } });
  provider.deliverTo(api.core);
  let count = 0;
  const next = () => {
    count += 1;
    return count;
  };
  const newHandle = () => `demo_person_${next()}`;
  const newPhone = () => `${planted.phonePrefix}${String(next()).padStart(5, '0')}`;
  const newEmail = () => `demo_${next()}@${planted.emailDomain}`;
  const signUp: Scene['signUp'] = async (roles) => {
    const handle = newHandle();
    // As synced passkeys do, it always counts 0, so that what was signed first may be used last.
    const device = httpDevice(api.url, { authenticator: { hasCounter: false } });
    const { user } = await device.signUp(handle);
    const [phone, email] = [newPhone(), newEmail()];
    const byPhone = await device.call('users', 'startPhoneVerification', { phone });
    const byEmail = await device.call('users', 'startEmailVerification', { email });
    await device.call('users', 'confirmPhoneVerification', {
      verificationId: byPhone.verificationId,
      code: await sentCode(api.core, phone),
    });
    await device.call('users', 'confirmEmailVerification', {
      verificationId: byEmail.verificationId,
      code: await sentCode(api.core, email),
    });
    for (const role of roles) await device.call('users', 'takeRole', { role });
    return { device, userId: user.userId, handle };
  };
  const cast = await castOf(api, signUp);
  await deliverNotices(api.core, 100);
  return {
    api,
    provider,
    ...cast,
    newHandle,
    newPhone,
    newEmail,
    newAccountNumber: () => `${planted.accountPrefix}${String(next()).padStart(5, '0')}`,
    signUp,
    close: async () => {
      await provider.close();
      await api.close();
    },
  };
}

async function castOf(
  api: TestApi,
  signUp: Scene['signUp'],
): Promise<Pick<Scene, 'people' | 'userIds' | 'handles'>> {
  const owner = await signUp(['sender', 'runner']);
  const counterpart = await signUp(['runner']);
  const stranger = await signUp(['sender', 'runner']);
  const suspended = await signUp(['sender', 'runner']);
  const admin = await signUp([]);
  const anonymous = await signUp(['sender', 'runner']);
  const operator = await signUp([]);
  for (const { userId } of [owner, stranger]) await fundWallet(api.core, uuidOf(userId), 10_000_000_00n);
  const onServer = { kind: 'server', task: 'test' } as const;
  const call: Call = { caller: onServer, idempotencyKey: 'first-operator', requestId: 'test' };
  await grantOnServer(api.core, call, { handle: operator.handle, isForced: false });
  await grant(operator.device, admin.userId, 'moderator');
  await suspend(operator.device, suspended.userId);
  anonymous.device.tokens = null;
  const cast = { owner, operator, counterpart, stranger, suspended, admin, anonymous };
  const each = <V>(pick: (person: typeof owner) => V) =>
    Object.fromEntries(Object.entries(cast).map(([actor, person]) => [actor, pick(person)])) as Record<
      Actor,
      V
    >;
  return {
    people: each(({ device }) => device),
    userIds: each(({ userId }) => userId),
    handles: each(({ handle }) => handle),
  };
}

function uuidOf(userId: string): string {
  const uuid = parseId('user', userId);
  if (uuid === null) throw new Error(`${userId} is nobody`);
  return uuid;
}
