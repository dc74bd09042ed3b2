import { createTestDatabase, type TestDatabase } from '@errand-dash/db/testing';
import { sql } from 'kysely';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { makeAuthenticator, signIn } from '../auth/testing/passkey-person.ts';
import type { Call } from '../claim.ts';
import { addPasskey, beginAddPasskey, removePasskey } from '../passkeys/index.ts';
import { codesOf, refusalOf } from '../testing/refusal-of.ts';
import { signAction } from '../testing/signing-person.ts';
import { createTestCore, makeTestUser, moveClock, type TestCore } from '../testing/test-core.ts';
import { getRecoveryStatus, undoRecovery } from './index.ts';
import { makeCodes, makeRecoverablePerson, recover } from './testing/recovering-person.ts';

let database: TestDatabase;
let core: TestCore;

beforeAll(async () => {
  database = await createTestDatabase();
  core = createTestCore(database.db);
});
afterAll(() => database.drop());

let keys = 0;
const callIn = (userId: string, { sessionId }: { sessionId: string }): Call => {
  keys += 1;
  return {
    caller: { kind: 'user', userId, sessionId },
    idempotencyKey: `demo-key-${keys}`,
    requestId: 'test',
  };
};

/** A person whose account somebody has recovered by a code. */
async function recovered() {
  const person = await makeRecoverablePerson(core);
  const { codes } = await makeCodes(core, person);
  return { person, codes, thief: await recover(core, person.handle, codes[0] ?? '') };
}

const statusOf = (call: Call) => getRecoveryStatus(core, call, {});
const undo = (call: Call) => undoRecovery(core, call, {});

test('who signs in with an older passkey undoes the recovery; money still waits for the day', async () => {
  const { person, thief } = await recovered();
  const { userId, handle } = person;
  const asThief = callIn(userId, thief.tokens);
  expect(await statusOf(asThief)).toMatchObject({ canUndo: false });
  const { tokens } = await signIn(core, person.authenticator, { handle });
  const owner = callIn(userId, tokens);
  const { coolingUntil, canUndo } = await statusOf(owner);
  expect(canUndo).toBe(true);
  const undone = await undo(owner);
  expect(undone).toEqual({ sessionsEnded: 1, passkeysRemoved: 1, coolingUntil });
  expect(await undo(owner)).toEqual(undone);
  expect(await refusalOf(statusOf(asThief))).toMatchObject({ code: 'SESSION_ENDED' });
  expect(await refusalOf(signIn(core, thief.authenticator))).toMatchObject({ code: 'SIGN_IN_REFUSED' });
  expect(await statusOf(owner)).toMatchObject({ canUndo: false, coolingUntil });
  await signIn(core, person.authenticator, { handle });
  const told = await core.db
    .selectFrom('events')
    .where('name', '=', 'recovery.undone')
    .where('subject_id', '=', userId)
    .select('audience')
    .execute();
  expect(told).toEqual([{ audience: [userId] }]);
});

test('the passkey that came of a recovery undoes it not, but one that came after it', async () => {
  const { person, codes, thief: first } = await recovered();
  const { userId, handle } = person;
  const refused = { code: 'RECOVERY_NOT_UNDONE' };
  expect(await refusalOf(undo(callIn(userId, first.tokens)))).toMatchObject(refused);
  await moveClock(database.owner, 60);
  const second = await recover(core, handle, codes[1] ?? '');
  expect(await refusalOf(undo(callIn(userId, second.tokens)))).toMatchObject(refused);
  const again = await signIn(core, first.authenticator, { handle });
  expect(await undo(callIn(userId, again.tokens))).toMatchObject({ passkeysRemoved: 1 });
  expect(await refusalOf(signIn(core, second.authenticator))).toMatchObject({
    code: 'SIGN_IN_REFUSED',
  });
  await signIn(core, person.authenticator, { handle });
});

test('an older passkey undoes all recoveries of the day', async () => {
  const { person, codes } = await recovered();
  await moveClock(database.owner, 60);
  await recover(core, person.handle, codes[1] ?? '');
  const { tokens } = await signIn(core, person.authenticator, { handle: person.handle });
  expect(await undo(callIn(person.userId, tokens))).toMatchObject({ passkeysRemoved: 2, sessionsEnded: 1 });
});

test('a day later a recovery stands', async () => {
  const { person } = await recovered();
  await moveClock(database.owner, 86_400);
  const { tokens } = await signIn(core, person.authenticator, { handle: person.handle });
  const call = callIn(person.userId, tokens);
  expect(await statusOf(call)).toMatchObject({ canUndo: false, coolingUntil: null });
  expect(await refusalOf(undo(call))).toMatchObject({ code: 'RECOVERY_NOT_UNDONE' });
});

test('of two who undo at once one does', async () => {
  const { person } = await recovered();
  const { handle, userId } = person;
  const sessions = [
    await signIn(core, person.authenticator, { handle }),
    await signIn(core, person.authenticator, { handle }),
  ];
  const codes = await codesOf(sessions.map(({ tokens }) => undo(callIn(userId, tokens))));
  expect(codes.filter((code) => code === null)).toHaveLength(1);
});

test('a passkey that is being added while the recovery is undone goes with it', async () => {
  const { person, thief } = await recovered();
  const { userId, handle } = person;
  const { tokens } = await signIn(core, person.authenticator, { handle });
  const asThief = callIn(userId, thief.tokens);
  const further = makeAuthenticator(core);
  const { ceremonyId, options } = await beginAddPasskey(core, asThief, {});
  const input = { ceremonyId, response: await further.create(options), name: 'Demo key' };
  const approval = await signAction(core, thief, asThief, { action: 'auth.addPasskey', ...input });
  const credentialId = Buffer.from(input.response.id, 'base64url').toString('hex');
  const both: Promise<unknown>[] = [];
  await database.owner.transaction().execute(async (holder) => {
    await sql`select pg_advisory_xact_lock(hashtextextended(${`passkey ${credentialId}`}, 0))`.execute(
      holder,
    );
    both.push(addPasskey(core, asThief, { ...input, approval }));
    await untilWaiting(1);
    both.push(undo(callIn(userId, tokens)));
    await untilWaiting(2);
  });
  await Promise.all(both);
  expect(await refusalOf(signIn(core, further))).toMatchObject({ code: 'SIGN_IN_REFUSED' });
});

/** Ends once so many statements of this database wait for a lock. */
async function untilWaiting(count: number): Promise<void> {
  for (let look = 0; look < 500; look += 1) {
    const { rows } = await sql`select from pg_locks where not granted and pid in (
      select pid from pg_stat_activity where datname = current_database())`.execute(database.owner);
    if (rows.length >= count) return;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  throw new Error('nobody waits');
}

test('while the account cools no passkey is removed, not even with a signature', async () => {
  const { person, thief } = await recovered();
  const { userId } = person;
  const passkeys = await core.db
    .selectFrom('passkeys')
    .where('user_id', '=', userId)
    .orderBy('id')
    .select('id')
    .execute();
  const call = callIn(userId, thief.tokens);
  const action = { action: 'auth.removePasskey', passkeyId: passkeys[0]?.id ?? '' } as const;
  const approval = await signAction(core, thief, call, action);
  const removal = removePasskey(core, call, { passkeyId: action.passkeyId, approval });
  expect(await refusalOf(removal)).toMatchObject({ code: 'ACCOUNT_COOLING' });
  await signIn(core, person.authenticator, { handle: person.handle });
});

test('a session without a passkey, and a stranger, undo nothing', async () => {
  const { person } = await recovered();
  const stranger = await makeTestUser(core, 'demo_stranger');
  expect(await refusalOf(undo(stranger.call()))).toMatchObject({ code: 'RECOVERY_NOT_UNDONE' });
  const { tokens } = await signIn(core, person.authenticator, { handle: person.handle });
  const call = callIn(person.userId, tokens);
  expect(await statusOf(call)).toMatchObject({ canUndo: true });
  await sql`update sessions set passkey_id = null where id = ${tokens.sessionId}`.execute(database.owner);
  expect(await statusOf(call)).toMatchObject({ canUndo: false });
  expect(await refusalOf(undo(call))).toMatchObject({ code: 'RECOVERY_NOT_UNDONE' });
});
