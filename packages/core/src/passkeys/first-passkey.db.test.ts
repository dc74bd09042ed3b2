import { createTestDatabase, type TestDatabase } from '@errand-dash/db/testing';
import type { SoftwareAuthenticator } from '@errand-dash/software-authenticator';
import { sql } from 'kysely';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { anonymousCall, makeAuthenticator, signIn } from '../auth/testing/passkey-person.ts';
import { checkAllInvariants } from '../invariants.ts';
import { sendMessages } from '../messages/index.ts';
import { getRecoveryStatus, proveRecovery } from '../recovery/index.ts';
import { begin, finish, readContactCodes } from '../recovery/testing/recovering-person.ts';
import { beginApproval } from '../signed-actions.ts';
import { codesOf, refusalOf } from '../testing/refusal-of.ts';
import { sentCode } from '../testing/sent-code.ts';
import { createTestCore, makeTestUser, type TestCore } from '../testing/test-core.ts';
import { confirmVerification, startVerification } from '../users/index.ts';
import { beginTotp, confirmTotp } from '../ways-in/index.ts';
import { codeOf, readSecret, turnPasswordsOn } from '../ways-in/testing/index.ts';
import { addFirstPasskey, beginAddPasskey, listPasskeys } from './index.ts';
import { type PasskeyScene, passkeyScene } from './testing/passkey-scene.ts';

let database: TestDatabase;
let core: TestCore;
let scene: PasskeyScene;
let people = 0;

beforeAll(async () => {
  database = await createTestDatabase();
  core = createTestCore(database.db);
  turnPasswordsOn(core);
  scene = passkeyScene(core);
});
afterAll(() => database.drop());
afterEach(async () => {
  expect(await checkAllInvariants(database.db)).toEqual([]);
});

type Person = Awaited<ReturnType<typeof makeTestUser>>;

/** A person whose session began a moment ago, without a passkey, as an identity provider's do. */
function makePerson(): Promise<Person> {
  people += 1;
  return makeTestUser(core, `demo_keyless_${people}`);
}

/** A passkey made on an authenticator for this person, not yet added. */
async function make(person: Person, authenticator: SoftwareAuthenticator = makeAuthenticator(core)) {
  const { ceremony, options } = await beginAddPasskey(core, person.call(), {});
  return { ceremony, response: await authenticator.create(options), name: 'Demo key' };
}

const add = async (person: Person, authenticator?: SoftwareAuthenticator) =>
  addFirstPasskey(core, person.call(), await make(person, authenticator));

const countPasskeys = async ({ userId }: Person) =>
  (await core.db.selectFrom('passkeys').where('user_id', '=', userId).select('id').execute()).length;

const moneyOutFromOf = async ({ userId }: Person) =>
  (
    await core.db
      .selectFrom('users')
      .where('id', '=', userId)
      .select('money_out_from')
      .executeTakeFirstOrThrow()
  ).money_out_from;

interface Stolen extends Person {
  handle: string;
  phone: string;
  email: string;
}

/** A person with a phone and an email address of yesterday, to whose account a thief adds the first passkey. */
async function makeStolen() {
  const person = await makePerson();
  const handle = `demo_keyless_${people}`;
  const contacts = { phone: `+234803112${String(people).padStart(4, '0')}`, email: `${handle}@mail.example` };
  for (const channel of ['phone', 'email'] as const) {
    const contact = contacts[channel];
    const { verificationId } = await startVerification(core, person.call(), { channel, contact });
    const code = await sentCode(core, contact);
    await confirmVerification(core, person.call(), { channel, verificationId, code });
  }
  await sql`update users set phone_verified_at = phone_verified_at - interval '1 day',
    email_verified_at = email_verified_at - interval '1 day' where id = ${person.userId}`.execute(core.db);
  const thief = makeAuthenticator(core);
  const { passkeyId } = await add(person, thief);
  return { person: { ...person, handle, ...contacts }, passkeyId, thief };
}

/** The owner proves himself by phone and email; `finishIt` lets him in. */
async function proveOwner(person: Stolen) {
  const own = makeAuthenticator(core);
  const recoveryId = await begin(core, person.handle);
  const given = { recoveryId, ...(await readContactCodes(core, recoveryId, person)) };
  const proven = await proveRecovery(core, anonymousCall, given);
  return { own, finishIt: () => finish(core, recoveryId, proven, own) };
}

/** Whose connections one sees whole are those of one's own login. */
async function countWaiting(): Promise<number> {
  const { rows } = await sql<{ count: bigint }>`select count(*) as count from pg_stat_activity
    where datname = current_database() and wait_event_type = 'Lock'`.execute(core.db);
  return Number(rows[0]?.count ?? 0);
}

describe('the first passkey of an account', () => {
  test('is added without a signature, signs in and signs, and no money leaves for a day', async () => {
    const person = await makePerson();
    const asked = { action: 'recovery.createCodes', idempotencyKey: 'demo-keyless-before' } as const;
    expect((await refusalOf(beginApproval(core, person.call(), asked))).code).toBe('PASSKEY_MISSING');
    const authenticator = makeAuthenticator(core);
    const added = await add(person, authenticator);
    expect(await listPasskeys(core, person.call(), {})).toEqual([added]);
    expect((await signIn(core, authenticator)).user.userId).toBe(person.userId);
    await beginApproval(core, person.call(), { ...asked, idempotencyKey: 'demo-keyless-after' });
    const availableFrom = await moneyOutFromOf(person);
    const seconds = ((availableFrom?.getTime() ?? 0) - added.createdAt.getTime()) / 1000;
    expect(seconds).toBe(86_400);
    expect(await scene.eventsOf(added.passkeyId)).toEqual([
      {
        name: 'passkey.first_added',
        audience: [person.userId],
        data: { availableFrom: availableFrom?.toISOString() },
      },
    ]);
    expect(await getRecoveryStatus(core, person.call(), {})).toMatchObject({
      coolingUntil: availableFrom,
      canUndo: false,
    });
  });

  test('is told by phone and email too, and is in the audit log', async () => {
    const person = await makePerson();
    const contacts = { phone: '+2348031119001', email: 'keyless@mail.example' } as const;
    for (const channel of ['phone', 'email'] as const) {
      const contact = contacts[channel];
      const { verificationId } = await startVerification(core, person.call(), { channel, contact });
      const code = await sentCode(core, contact);
      await confirmVerification(core, person.call(), { channel, verificationId, code });
    }
    await add(person);
    await sendMessages(core, 100);
    for (const to of Object.values(contacts)) {
      const texts = core.sent.filter((sent) => sent.to === to).map(({ text }) => text);
      expect(texts.filter((text) => text.includes('got its first passkey'))).toHaveLength(1);
    }
    const entries = await core.db
      .selectFrom('audit_entries')
      .where('name', '=', 'auth.addFirstPasskey')
      .where('actor_reference', '=', person.userId)
      .select('outcome')
      .execute();
    expect(entries).toEqual([{ outcome: 'done' }]);
  });

  test('goes where the owner recovers on the same day, as he was told to, and undoes nothing', async () => {
    const { person, passkeyId, thief } = await makeStolen();
    await signIn(core, thief);
    const { own, finishIt } = await proveOwner(person);
    await finishIt();
    expect((await refusalOf(signIn(core, thief))).code).toBe('SIGN_IN_REFUSED');
    const { tokens } = await signIn(core, own);
    const caller = { kind: 'user', userId: person.userId, sessionId: tokens.sessionId } as const;
    const passkeys = await listPasskeys(core, { ...person.call(), caller }, {});
    expect(passkeys).toHaveLength(1);
    expect(passkeys.map((left) => left.passkeyId)).not.toContain(passkeyId);
  });

  test('leaves no session behind that it begins while the owner recovers', async () => {
    const { person, passkeyId, thief } = await makeStolen();
    const { finishIt } = await proveOwner(person);
    const calls = [() => signIn(core, thief), finishIt];
    const both: Promise<unknown>[] = [];
    await database.owner.transaction().execute(async (holder) => {
      await sql`select 1 from passkeys where id = ${passkeyId} for update`.execute(holder);
      for (const call of calls) {
        both.push(call());
        await expect.poll(countWaiting, { timeout: 10_000 }).toBe(both.length);
      }
    });
    expect(await codesOf(both)).toEqual([null, null]);
    const live = await core.db
      .selectFrom('sessions')
      .where('user_id', '=', person.userId)
      .where('ended_at', 'is', null)
      .select('passkey_id')
      .execute();
    expect(live).toHaveLength(1);
    expect(live[0]?.passkey_id).not.toBe(passkeyId);
  });

  test('is no second one: of two at once one is refused, and so is whoever has one', async () => {
    const person = await makePerson();
    const made = [await make(person), await make(person)];
    const later = await make(person);
    const codes = await codesOf(made.map((input) => addFirstPasskey(core, person.call(), input)));
    expect([...codes].sort()).toEqual(['PASSKEY_EXISTS', null]);
    expect(await countPasskeys(person)).toBe(1);
    expect((await refusalOf(addFirstPasskey(core, person.call(), later))).code).toBe('PASSKEY_EXISTS');
    const registered = await scene.makePerson();
    expect((await refusalOf(add(registered))).code).toBe('PASSKEY_EXISTS');
  });

  test('is not the one after a removed one: then recovery is the way', async () => {
    const person = await makePerson();
    const later = await make(person);
    const { passkeyId } = await add(person);
    await sql`update passkeys set removed_at = now() where id = ${passkeyId}`.execute(database.owner);
    expect(await listPasskeys(core, person.call(), {})).toEqual([]);
    expect((await refusalOf(addFirstPasskey(core, person.call(), later))).code).toBe('PASSKEY_EXISTS');
    expect(await countPasskeys(person)).toBe(1);
  });

  test('is added soon after a sign-in alone', async () => {
    const person = await makePerson();
    const input = await make(person);
    await sql`update sessions set created_at = created_at - interval '10 minutes'
      where id = ${person.sessionId}`.execute(database.owner);
    expect((await refusalOf(addFirstPasskey(core, person.call(), input))).code).toBe('SESSION_NOT_FRESH');
    expect(await countPasskeys(person)).toBe(0);
    expect(await moneyOutFromOf(person)).toBeNull();
  });

  test('is added in a session alone that was asked for the code of the app, where there is one', async () => {
    const person = await makePerson();
    const { secret } = await beginTotp(core, person.call(), {});
    await confirmTotp(core, person.call(), { code: await codeOf(database, readSecret(secret)) });
    expect((await refusalOf(add(person))).code).toBe('SESSION_NOT_FRESH');
    // As if the app had been set up before this session began.
    await sql`update totp_factors set confirmed_at = confirmed_at - interval '1 hour'
      where user_id = ${person.userId}`.execute(database.owner);
    await add(person);
  });

  test('is refused for a ceremony of another session, a spent one, and a credential that another account has', async () => {
    const [ada, bola] = [await makePerson(), await makePerson()];
    const theirs = await make(bola);
    expect((await refusalOf(addFirstPasskey(core, ada.call(), theirs))).code).toBe('REGISTRATION_REFUSED');
    const registered = await scene.makePerson();
    const { credentialId } = registered.authenticator.export()[0] ?? {};
    const { ceremony, options } = await beginAddPasskey(core, ada.call(), {});
    const copy = await makeAuthenticator(core).create(options, { credentialId: credentialId ?? '' });
    const taken = { ceremony, response: copy, name: 'Demo key' };
    expect((await refusalOf(addFirstPasskey(core, ada.call(), taken))).code).toBe('REGISTRATION_REFUSED');
    const again = { ...taken, response: await makeAuthenticator(core).create(options) };
    expect((await refusalOf(addFirstPasskey(core, ada.call(), again))).code).toBe('REGISTRATION_REFUSED');
    expect(await countPasskeys(ada)).toBe(0);
    expect(await moneyOutFromOf(ada)).toBeNull();
    await addFirstPasskey(core, bola.call(), theirs);
  });

  test('is not added by who is not signed in', async () => {
    const person = await makePerson();
    const input = await make(person);
    const nobody = { ...person.call(), caller: { kind: 'anonymous' } } as const;
    expect((await refusalOf(addFirstPasskey(core, nobody, input))).code).toBe('SESSION_MISSING');
    expect(await countPasskeys(person)).toBe(0);
  });
});
