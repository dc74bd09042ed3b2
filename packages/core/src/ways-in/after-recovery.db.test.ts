import { createTestDatabase, type TestDatabase } from '@errand-dash/db/testing';
import { sql } from 'kysely';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { signIn } from '../auth/testing/passkey-person.ts';
import { undoRecovery } from '../recovery/index.ts';
import { makeCodes, recover } from '../recovery/testing/recovering-person.ts';
import { codesOf, refusalOf } from '../testing/refusal-of.ts';
import { createTestCore, moveClock, type TestCore } from '../testing/test-core.ts';
import {
  beginProviderLink,
  beginProviderSignIn,
} from './identity-providers/begin-identity-ceremony.command.ts';
import { finishProviderSignIn } from './identity-providers/finish-provider-sign-in.command.ts';
import { linkProvider } from './identity-providers/link-provider.command.ts';
import { createPasswordHasher } from './passwords/password-hasher.ts';
import { type IdentityServer, redirectUrl, startIdentityServer } from './testing/identity-server.ts';
import {
  anonymousCall,
  codeOf,
  device,
  makePasswordPerson,
  type TotpPerson,
  tryCode,
  tryPassword,
} from './testing/ways-in-person.ts';

let database: TestDatabase;
let server: IdentityServer;
let core: TestCore;
const asked = { provider: 'demo', redirectUrl };

beforeAll(async () => {
  database = await createTestDatabase();
  server = await startIdentityServer();
  core = createTestCore(database.db);
  core.waysIn = {
    passwords: { hasher: createPasswordHasher(), breachedFile: null },
    identityProviders: [server.client()],
  };
});
afterAll(async () => {
  await server.close();
  await database.drop();
});

let people = 0;
let person: TotpPerson;
let recoveryCode: string;
beforeEach(async () => {
  people += 1;
  person = await makePasswordPerson(core, database, `demo_person_${people}`);
  recoveryCode = (await makeCodes(core, person)).codes[0] ?? '';
  const { ceremonyId, url } = await beginProviderLink(core, person.call(), asked);
  const callbackUrl = await server.visit(url, { subject: person.handle });
  await linkProvider(core, person.call(), { ceremonyId, callbackUrl });
});

async function byProvider() {
  const { ceremonyId, url } = await beginProviderSignIn(core, anonymousCall, { ...asked, ...device });
  const callbackUrl = await server.visit(url, { subject: person.handle });
  return finishProviderSignIn(core, anonymousCall, { ...device, ceremonyId, callbackUrl });
}
const byPassword = () => tryPassword(core, { name: person.handle });

test('for a day after a recovery passkeys alone sign in, whatever was linked or known before', async () => {
  const [begun, other] = [await byPassword(), await byProvider()];
  if (other.outcome !== 'second_factor') throw new Error(`it was ${other.outcome}`);
  const { authenticator } = await recover(core, person.handle, recoveryCode);
  expect(await refusalOf(byProvider())).toEqual({ isRefusal: true, code: 'IDENTITY_REFUSED', details: {} });
  expect(await refusalOf(byPassword())).toEqual({
    isRefusal: true,
    code: 'PASSWORD_SIGN_IN_REFUSED',
    details: {},
  });
  const code = await codeOf(database, person.secret);
  for (const { secondFactorId } of [begun, other.challenge]) {
    expect((await refusalOf(tryCode(core, secondFactorId, code))).code).toBe('CODE_SPENT');
  }
  await signIn(core, authenticator, { handle: person.handle });
  await signIn(core, person.authenticator, { handle: person.handle });
  await moveClock(database.owner, 86_400);
  expect(await byProvider()).toMatchObject({ outcome: 'second_factor' });
  await byPassword();
});

test('so it is for the rest of the day where the recovery was undone', async () => {
  await recover(core, person.handle, recoveryCode);
  const { tokens } = await signIn(core, person.authenticator, { handle: person.handle });
  const caller = { kind: 'user', userId: person.userId, sessionId: tokens.sessionId } as const;
  await undoRecovery(core, { caller, idempotencyKey: 'undo-the-recovery', requestId: 'test' }, {});
  expect((await refusalOf(byProvider())).code).toBe('IDENTITY_REFUSED');
  expect((await refusalOf(byPassword())).code).toBe('PASSWORD_SIGN_IN_REFUSED');
});

test('an account that cools without a recovery is entered as before', async () => {
  await sql`update users set cooling_since = now(), money_out_from = now() + interval '1 year'
    where id = ${person.userId}`.execute(database.owner);
  expect(await byProvider()).toMatchObject({ outcome: 'second_factor' });
  await byPassword();
});

test('why nobody was let in is in the audit log, with whose account it is', async () => {
  await recover(core, person.handle, recoveryCode);
  await refusalOf(byProvider());
  await refusalOf(byPassword());
  const entries = await core.db
    .selectFrom('audit_entries')
    .where(sql<boolean>`${`user ${person.userId}`} = any(subjects)`)
    .where(sql<boolean>`data ->> 'reason' = 'the account cools after a recovery'`)
    .orderBy('id')
    .select(['name', 'outcome'])
    .execute();
  expect(entries).toEqual([
    { name: 'auth.finishProviderSignIn', outcome: 'IDENTITY_REFUSED' },
    { name: 'auth.signInWithPassword', outcome: 'PASSWORD_SIGN_IN_REFUSED' },
  ]);
});

test('a sign-in that was under way when the account was recovered leaves no session behind', async () => {
  const { secondFactorId } = await byPassword();
  const code = await codeOf(database, person.secret);
  let ended = 0;
  const countEnd = () => {
    ended += 1;
  };
  const running = await database.owner.transaction().execute(async (holder) => {
    await sql`select 1 from second_factor_challenges where id = ${secondFactorId} for update`.execute(holder);
    const signedIn = codesOf([tryCode(core, secondFactorId, code)]).finally(countEnd);
    await expect.poll(countWaiting, { timeout: 10_000 }).toBe(1);
    const recovered = recover(core, person.handle, recoveryCode).finally(countEnd);
    await expect.poll(async () => ended + (await countWaiting()), { timeout: 10_000 }).toBe(2);
    return { signedIn, recovered };
  });
  expect(await running.signedIn).toEqual([null]);
  const { tokens } = await running.recovered;
  const live = await core.db
    .selectFrom('sessions')
    .where('user_id', '=', person.userId)
    .where('ended_at', 'is', null)
    .select('id')
    .execute();
  expect(live).toEqual([{ id: tokens.sessionId }]);
});

/** Whose connections one sees whole are those of one's own login. */
async function countWaiting(): Promise<number> {
  const { rows } = await sql<{ count: bigint }>`select count(*) as count from pg_stat_activity
    where datname = current_database() and wait_event_type = 'Lock'`.execute(core.db);
  return Number(rows[0]?.count ?? 0);
}
