import { createTestDatabase, type TestDatabase } from '@errand-dash/db/testing';
import { sql } from 'kysely';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { enrollDeviceKey } from './approvals/index.ts';
import { makeDevice } from './approvals/testing/device.ts';
import { makeAuthenticator, signIn } from './auth/testing/passkey-person.ts';
import { addFirstPasskey, addPasskey, beginAddPasskey, removePasskey } from './passkeys/index.ts';
import { passkeyScene } from './passkeys/testing/passkey-scene.ts';
import { createRecoveryCodes } from './recovery/index.ts';
import { makeCodes } from './recovery/testing/recovering-person.ts';
import { codesOf, refusalOf } from './testing/refusal-of.ts';
import { sentCode } from './testing/sent-code.ts';
import { makeSigningPerson, type SigningPerson, signAction } from './testing/signing-person.ts';
import { createTestCore, makeTestUser, type TestCore, type TestUser } from './testing/test-core.ts';
import { confirmVerification, startVerification, takeRole } from './users/index.ts';
import {
  beginProviderLink,
  beginTotp,
  confirmTotp,
  linkProvider,
  removePassword,
  removeTotp,
  removeTotpByCode,
  setPassword,
  unlinkProvider,
} from './ways-in/index.ts';
import {
  codeOf,
  type IdentityServer,
  readSecret,
  redirectUrl,
  startIdentityServer,
  turnPasswordsOn,
} from './ways-in/testing/index.ts';

let database: TestDatabase;
let core: TestCore;
let server: IdentityServer;
let people = 0;

beforeAll(async () => {
  database = await createTestDatabase();
  server = await startIdentityServer();
  core = createTestCore(database.db);
  turnPasswordsOn(core);
  core.waysIn = { ...core.waysIn, identityProviders: [server.client()] };
});
afterAll(async () => {
  await server.close();
  await database.drop();
});

const nextHandle = () => {
  people += 1;
  return `demo_waiting_${people}`;
};
const makePerson = () => makeSigningPerson(core, nextHandle());

/** A call that is ready to be made in a session which ends before its turn comes. */
interface Prepared {
  person: TestUser | SigningPerson;
  make: () => Promise<unknown>;
}

async function comeBack(person: SigningPerson) {
  const { ceremonyId, url } = await beginProviderLink(core, person.call(), { provider: 'demo', redirectUrl });
  return { ceremonyId, callbackUrl: await server.visit(url, { subject: person.userId }) };
}

/** The code that confirms an app which was begun. */
async function codeOfBegunApp(person: SigningPerson): Promise<string> {
  const { secret } = await beginTotp(core, person.call(), {});
  return codeOf(database, readSecret(secret));
}

async function startEmail(person: SigningPerson) {
  const contact = `${person.userId}@mail.example`;
  const { verificationId } = await startVerification(core, person.call(), { channel: 'email', contact });
  return { channel: 'email' as const, verificationId, code: await sentCode(core, contact) };
}

/** Nothing signs these: their calls learn that the session has ended. */
const unsigned: [string, () => Promise<Prepared>][] = [
  [
    'begins to link an identity',
    async () => {
      const person = await makePerson();
      const input = { provider: 'demo', redirectUrl };
      return { person, make: () => beginProviderLink(core, person.call(), input) };
    },
  ],
  [
    'links an identity',
    async () => {
      const person = await makePerson();
      const input = await comeBack(person);
      return { person, make: () => linkProvider(core, person.call(), input) };
    },
  ],
  [
    'unlinks an identity',
    async () => {
      const person = await makePerson();
      const { id: identityId } = await linkProvider(core, person.call(), await comeBack(person));
      return { person, make: () => unlinkProvider(core, person.call(), { identityId }) };
    },
  ],
  [
    'begins an authenticator app',
    async () => {
      const person = await makePerson();
      return { person, make: () => beginTotp(core, person.call(), {}) };
    },
  ],
  [
    'confirms an authenticator app',
    async () => {
      const person = await makePerson();
      const code = await codeOfBegunApp(person);
      return { person, make: () => confirmTotp(core, person.call(), { code }) };
    },
  ],
  [
    'removes an authenticator app by a code',
    async () => {
      const person = await makePerson();
      await confirmTotp(core, person.call(), { code: await codeOfBegunApp(person) });
      return { person, make: () => removeTotpByCode(core, person.call(), { code: '000000' }) };
    },
  ],
  [
    'adds the first passkey',
    async () => {
      const person = await makeTestUser(core, nextHandle());
      const { ceremony, options } = await beginAddPasskey(core, person.call(), {});
      const input = { ceremony, response: await makeAuthenticator(core).create(options), name: 'Demo key' };
      return { person, make: () => addFirstPasskey(core, person.call(), input) };
    },
  ],
  [
    'has a code sent to an address',
    async () => {
      const person = await makePerson();
      const input = { channel: 'email' as const, contact: `${person.userId}@mail.example` };
      return { person, make: () => startVerification(core, person.call(), input) };
    },
  ],
  [
    'confirms an address',
    async () => {
      const person = await makePerson();
      const input = await startEmail(person);
      return { person, make: () => confirmVerification(core, person.call(), input) };
    },
  ],
  [
    'takes a role',
    async () => {
      const person = await makePerson();
      return { person, make: () => takeRole(core, person.call(), { role: 'sender' }) };
    },
  ],
];

/** Who signs is told what every signature is that does not fit. */
const signed: [string, () => Promise<Prepared>][] = [
  [
    'sets a password',
    async () => {
      const person = await makePerson();
      await makeCodes(core, person);
      const [call, newPassword] = [person.call(), 'a demo pass phrase'];
      const approval = await signAction(core, person, call, { action: 'auth.setPassword', newPassword });
      return { person, make: () => setPassword(core, call, { newPassword, approval }) };
    },
  ],
  [
    'removes a password',
    async () => {
      const person = await makePerson();
      const call = person.call();
      const approval = await signAction(core, person, call, { action: 'auth.removePassword' });
      return { person, make: () => removePassword(core, call, { approval }) };
    },
  ],
  [
    'removes an authenticator app',
    async () => {
      const person = await makePerson();
      await confirmTotp(core, person.call(), { code: await codeOfBegunApp(person) });
      const call = person.call();
      const approval = await signAction(core, person, call, { action: 'auth.removeTotp' });
      return { person, make: () => removeTotp(core, call, { approval }) };
    },
  ],
  [
    'adds a passkey',
    async () => {
      const scene = passkeyScene(core);
      const person = await makePerson();
      const call = person.call();
      const input = await scene.signed(person, call, (await scene.makeCredential(person)).input);
      return { person, make: () => addPasskey(core, call, input) };
    },
  ],
  [
    'removes a passkey',
    async () => {
      const scene = passkeyScene(core);
      const person = await makePerson();
      const { passkeyId } = await scene.add(person);
      const call = person.call();
      const approval = await signAction(core, person, call, { action: 'auth.removePasskey', passkeyId });
      return { person, make: () => removePasskey(core, call, { passkeyId, approval }) };
    },
  ],
  [
    'makes recovery codes',
    async () => {
      const person = await makePerson();
      const call = person.call();
      const approval = await signAction(core, person, call, { action: 'recovery.createCodes' });
      return { person, make: () => createRecoveryCodes(core, call, { approval }) };
    },
  ],
  [
    'enrols a device key',
    async () => {
      const person = await makePerson();
      const call = person.call();
      const asked = { name: 'Demo console', publicKey: makeDevice().publicKey };
      const action = { action: 'approvals.enrollDeviceKey', ...asked } as const;
      const approval = await signAction(core, person, call, action);
      return { person, make: () => enrollDeviceKey(core, call, { ...asked, approval }) };
    },
  ],
];

const tables = [
  ...['user_roles', 'identities', 'totp_factors', 'passwords', 'passkeys'],
  ...['device_keys', 'recovery_codes', 'recoveries', 'verifications', 'second_factor_challenges'],
];

/** All rows that say how this person gets into his account, and what he may do. */
async function waysInOf({ userId }: { userId: string }): Promise<unknown> {
  const read = async (table: string, column: string) => {
    const { rows } = await sql`select to_jsonb(it) as row from ${sql.table(table)} it
      where ${sql.ref(column)} = ${userId} order by it::text`.execute(database.owner);
    return rows;
  };
  return Promise.all([read('users', 'id'), ...tables.map((table) => read(table, 'user_id'))]);
}

/** Makes the call, and while it waits for the person's row does to his session or to him what whoever has the row does. */
async function refusalBehind(
  { person, make }: Prepared,
  change: (person: Prepared['person']) => ReturnType<typeof sql>,
): Promise<string> {
  let waiting: Promise<string> = Promise.resolve('');
  await database.owner.transaction().execute(async (holder) => {
    await sql`select 1 from users where id = ${person.userId} for no key update`.execute(holder);
    waiting = refusalOf(make()).then(({ code }) => code);
    await expect.poll(countWaiting, { timeout: 10_000 }).toBe(1);
    await change(person).execute(holder);
  });
  return waiting;
}

const endSession = ({ sessionId }: Prepared['person']) =>
  sql`update sessions set ended_at = now(), ended_reason = 'identity_unlinked' where id = ${sessionId}`;

/** Whose connections one sees whole are those of one's own login. */
async function countWaiting(): Promise<number> {
  const { rows } = await sql<{ count: bigint }>`select count(*) as count from pg_stat_activity
    where datname = current_database() and wait_event_type = 'Lock'`.execute(core.db);
  return Number(rows[0]?.count ?? 0);
}

test.each(unsigned)(
  'who %s in a session that ends while he waits changes nothing',
  async (_name, prepare) => {
    const prepared = await prepare();
    const before = await waysInOf(prepared.person);
    expect(await refusalBehind(prepared, endSession)).toBe('SESSION_ENDED');
    expect(await waysInOf(prepared.person)).toEqual(before);
  },
);

test.each(signed)(
  'who %s, signed in a session that ends while he waits, changes nothing',
  async (_name, prepare) => {
    const prepared = await prepare();
    const before = await waysInOf(prepared.person);
    expect(await refusalBehind(prepared, endSession)).toBe('SIGNATURE_REFUSED');
    expect(await waysInOf(prepared.person)).toEqual(before);
  },
);

test('who is suspended while he waits changes nothing', async () => {
  const person = await makePerson();
  const suspend = () => sql`update users set suspended_at = now() where id = ${person.userId}`;
  const make = () => beginTotp(core, person.call(), {});
  expect(await refusalBehind({ person, make }, suspend)).toBe('USER_SUSPENDED');
});

test('an identity that a thief links while its owner takes another away is not linked', async () => {
  const owner = await makePerson();
  const { id: identityId } = await linkProvider(core, owner.call(), await comeBack(owner));
  const { sessionId } = (await signIn(core, owner.authenticator)).tokens;
  const caller = { kind: 'user', userId: owner.userId, sessionId } as const;
  const thief = { ...owner, call: () => ({ ...owner.call(), caller }) };
  const { ceremonyId, url } = await beginProviderLink(core, thief.call(), { provider: 'demo', redirectUrl });
  const input = { ceremonyId, callbackUrl: await server.visit(url, { subject: `thief ${owner.userId}` }) };
  const calls = [
    () => unlinkProvider(core, owner.call(), { identityId }),
    () => linkProvider(core, thief.call(), input),
  ];
  const both: Promise<unknown>[] = [];
  await database.owner.transaction().execute(async (holder) => {
    await sql`select 1 from users where id = ${owner.userId} for no key update`.execute(holder);
    for (const call of calls) {
      const run = call();
      // Looked at below.
      run.catch(() => undefined);
      both.push(run);
      await expect.poll(countWaiting, { timeout: 10_000 }).toBe(both.length);
    }
  });
  expect(await codesOf(both)).toEqual([null, 'SESSION_ENDED']);
  const linked = await core.db
    .selectFrom('identities')
    .where('user_id', '=', owner.userId)
    .selectAll()
    .execute();
  expect(linked).toEqual([]);
});
