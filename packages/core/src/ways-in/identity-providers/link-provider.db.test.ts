import { createTestDatabase, type TestDatabase } from '@errand-dash/db/testing';
import { sql } from 'kysely';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { sendMessages } from '../../messages/index.ts';
import { makeRecoverablePerson } from '../../recovery/testing/recovering-person.ts';
import { codesOf, refusalOf } from '../../testing/refusal-of.ts';
import { makeSigningPerson } from '../../testing/signing-person.ts';
import {
  createTestCore,
  makeTestUser,
  moveClock,
  type TestCore,
  type TestUser,
} from '../../testing/test-core.ts';
import { getMyWaysIn } from '../get-ways-in.query.ts';
import { type IdentityServer, redirectUrl, startIdentityServer } from '../testing/identity-server.ts';
import { anonymousCall, device } from '../testing/ways-in-person.ts';
import { beginProviderLink, beginProviderSignIn } from './begin-identity-ceremony.command.ts';
import { finishProviderSignIn } from './finish-provider-sign-in.command.ts';
import { linkProvider } from './link-provider.command.ts';
import { unlinkProvider } from './unlink-provider.command.ts';

let database: TestDatabase;
let server: IdentityServer;
let core: TestCore;

beforeAll(async () => {
  database = await createTestDatabase();
  server = await startIdentityServer();
  core = createTestCore(database.db);
  core.waysIn = { passwords: null, identityProviders: [server.client()] };
});
afterAll(async () => {
  await server.close();
  await database.drop();
});

type Person = Pick<TestUser, 'userId' | 'call'>;
const asked = { provider: 'demo', redirectUrl };

async function comeBack(person: Person, subject: string) {
  const { ceremonyId, url } = await beginProviderLink(core, person.call(), asked);
  return { ceremonyId, callbackUrl: await server.visit(url, { subject }) };
}
const link = async (person: Person, subject: string) =>
  linkProvider(core, person.call(), await comeBack(person, subject));

async function signIn(subject: string) {
  const { ceremonyId, url } = await beginProviderSignIn(core, anonymousCall, { ...asked, ...device });
  const callbackUrl = await server.visit(url, { subject });
  return finishProviderSignIn(core, anonymousCall, { ...device, ceremonyId, callbackUrl });
}
const identitiesOf = async (person: Person) => (await getMyWaysIn(core, person.call(), {})).identities;

test('an identity is linked to the account that is signed in, listed, signs in, and is taken away again', async () => {
  const ada = await makeSigningPerson(core, 'ada');
  const linked = await link(ada, 'ada');
  expect(linked).toMatchObject({ userId: ada.userId, provider: 'demo' });
  expect(await identitiesOf(ada)).toEqual([linked]);
  const answer = await signIn('ada');
  if (answer.outcome !== 'signed_in') throw new Error(`it was ${answer.outcome}`);
  expect(answer.signedIn.user.userId).toBe(ada.userId);
  expect(await unlinkProvider(core, ada.call(), { identityId: linked.id })).toEqual([]);
  // Who signed in by it is out, and who took it away is not.
  const { sessionId } = answer.signedIn.tokens;
  const ended = await core.db
    .selectFrom('sessions')
    .where('user_id', '=', ada.userId)
    .where('ended_at', 'is not', null)
    .select(['id', 'ended_reason'])
    .execute();
  expect(ended).toEqual([{ id: sessionId, ended_reason: 'identity_unlinked' }]);
  expect(await identitiesOf(ada)).toEqual([]);
  expect((await signIn('ada')).outcome).toBe('account_needed');
  const events = await core.db
    .selectFrom('events')
    .where('subject_id', '=', ada.userId)
    .where('name', 'like', 'user.identity%')
    .orderBy('id')
    .select(['name', 'audience', 'data'])
    .execute();
  expect(events).toEqual([
    {
      name: 'user.identity_linked',
      audience: [ada.userId],
      data: { identityId: linked.id, provider: 'demo' },
    },
    {
      name: 'user.identity_unlinked',
      audience: [ada.userId],
      data: { identityId: linked.id, sessionsEnded: 1 },
    },
  ]);
});

test('phone and email address are told that an identity was linked', async () => {
  const person = await makeRecoverablePerson(core);
  await link(person, 'reachable');
  await sendMessages(core, 100);
  for (const to of [person.phone, person.email]) {
    const told = core.sent.filter((sent) => sent.to === to && sent.text.includes('was linked'));
    expect(told.map(({ text }) => text)).toEqual([expect.stringContaining('Not you?')]);
  }
});

test('linked again it stays as it is; linked to another account it is refused', async () => {
  const [bola, chidi] = [await makeTestUser(core, 'bola'), await makeTestUser(core, 'chidi')];
  const linked = await link(bola, 'bola');
  expect(await link(bola, 'bola')).toEqual(linked);
  expect((await refusalOf(link(chidi, 'bola'))).code).toBe('IDENTITY_TAKEN');
  expect(await identitiesOf(chidi)).toEqual([]);
});

test('while an account cools nothing is linked to it and nothing is taken away', async () => {
  const person = await makeTestUser(core, 'cooling');
  const linked = await link(person, 'cooling');
  const answer = await comeBack(person, 'cooling-too');
  const moneyOutFrom = new Date(Date.now() + 86_400_000);
  await core.db
    .updateTable('users')
    .set({ money_out_from: moneyOutFrom })
    .where('id', '=', person.userId)
    .execute();
  const cooling = { code: 'ACCOUNT_COOLING', details: { availableFrom: moneyOutFrom } };
  expect(await refusalOf(linkProvider(core, person.call(), answer))).toMatchObject(cooling);
  expect(await refusalOf(comeBack(person, 'cooling-too'))).toMatchObject(cooling);
  const removal = unlinkProvider(core, person.call(), { identityId: linked.id });
  expect(await refusalOf(removal)).toMatchObject(cooling);
  expect(await identitiesOf(person)).toEqual([linked]);
});

test('of two accounts that link one identity at once one gets it', async () => {
  const people = await Promise.all(['dayo', 'efe'].map((handle) => makeTestUser(core, handle)));
  const back: Parameters<typeof linkProvider>[2][] = [];
  for (const person of people) back.push(await comeBack(person, 'contested'));
  const codes = await codesOf(
    people.flatMap((person, index) => {
      const answer = back[index];
      return answer === undefined ? [] : [linkProvider(core, person.call(), answer)];
    }),
  );
  expect([...codes].sort()).toEqual(['IDENTITY_TAKEN', null]);
});

test('a link belongs to the session that began it, and is no sign-in, nor a sign-in a link', async () => {
  const [femi, gbenga] = [await makeTestUser(core, 'femi'), await makeTestUser(core, 'gbenga')];
  const refused = { code: 'IDENTITY_REFUSED' };
  const answer = await comeBack(femi, 'femi');
  expect(await refusalOf(linkProvider(core, gbenga.call(), answer))).toMatchObject(refused);
  const asSignIn = finishProviderSignIn(core, anonymousCall, { ...device, ...answer });
  expect(await refusalOf(asSignIn)).toMatchObject(refused);
  await linkProvider(core, femi.call(), answer);
  const { ceremonyId, url } = await beginProviderSignIn(core, anonymousCall, { ...asked, ...device });
  const callbackUrl = await server.visit(url, { subject: 'victim' });
  const asLink = linkProvider(core, gbenga.call(), { ceremonyId, callbackUrl });
  expect(await refusalOf(asLink)).toMatchObject(refused);
  expect((await refusalOf(linkProvider(core, anonymousCall, answer))).code).toBe('SESSION_MISSING');
});

test('the last way in stays', async () => {
  const hauwa = await makeTestUser(core, 'hauwa');
  const first = await link(hauwa, 'hauwa-1');
  const second = await link(hauwa, 'hauwa-2');
  const remove = (identityId: string) => unlinkProvider(core, hauwa.call(), { identityId });
  const codes = await codesOf([remove(first.id), remove(second.id)]);
  expect([...codes].sort()).toEqual(['WAY_IN_LAST', null]);
  expect(await identitiesOf(hauwa)).toHaveLength(1);
});

test("another person's identity looks like none, and the same removal again is answered as before", async () => {
  const [ife, jide] = [await makeSigningPerson(core, 'ife'), await makeSigningPerson(core, 'jide')];
  const linked = await link(ife, 'ife');
  const given = { identityId: linked.id };
  expect((await refusalOf(unlinkProvider(core, jide.call(), given))).code).toBe('OBJECT_NOT_FOUND');
  const call = ife.call();
  const left = await unlinkProvider(core, call, given);
  expect(await unlinkProvider(core, call, given)).toEqual(left);
  expect((await refusalOf(unlinkProvider(core, ife.call(), given))).code).toBe('OBJECT_NOT_FOUND');
});

test('an identity that is taken away while it signs in signs nobody in', async () => {
  const person = await makeSigningPerson(core, 'demo_unlinker');
  const { id } = await link(person, 'demo_unlinker');
  const both: Promise<unknown>[] = [];
  await database.owner.transaction().execute(async (holder) => {
    await sql`select 1 from identities where id = ${id} for update`.execute(holder);
    const calls = [
      () => unlinkProvider(core, person.call(), { identityId: id }),
      () => signIn('demo_unlinker'),
    ];
    for (const call of calls) {
      both.push(call());
      await expect.poll(countWaiting, { timeout: 10_000 }).toBe(both.length);
    }
  });
  expect(await codesOf(both)).toEqual([null, 'IDENTITY_REFUSED']);
});

/** Whose connections one sees whole are those of one's own login. */
async function countWaiting(): Promise<number> {
  const { rows } = await sql<{ count: bigint }>`select count(*) as count from pg_stat_activity
    where datname = current_database() and wait_event_type = 'Lock'`.execute(core.db);
  return Number(rows[0]?.count ?? 0);
}

test('ways in are changed only in a session that has just begun', async () => {
  const kemi = await makeTestUser(core, 'kemi');
  const linked = await link(kemi, 'kemi');
  const answer = await comeBack(kemi, 'kemi-2');
  await moveClock(database.owner, 601);
  const stale = { code: 'SESSION_NOT_FRESH' };
  expect(await refusalOf(beginProviderLink(core, kemi.call(), asked))).toMatchObject(stale);
  expect((await refusalOf(linkProvider(core, kemi.call(), answer))).code).toBe('IDENTITY_REFUSED');
  const unlink = unlinkProvider(core, kemi.call(), { identityId: linked.id });
  expect(await refusalOf(unlink)).toMatchObject(stale);
  expect(await identitiesOf(kemi)).toEqual([linked]);
});
