import { inTransaction } from '@errand-dash/db';
import { createTestDatabase, type TestDatabase } from '@errand-dash/db/testing';
import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { makeOperator, signedAccountChange } from '../admin/testing/operator-person.ts';
import { anonymousCall, makeAuthenticator, signIn } from '../auth/testing/passkey-person.ts';
import type { Call } from '../claim.ts';
import { after } from '../clock.ts';
import { instantText } from '../instant-text.ts';
import { sendMessages } from '../messages/index.ts';
import { addPasskey, beginAddPasskey, removePasskey } from '../passkeys/index.ts';
import { codesOf, refusalOf } from '../testing/refusal-of.ts';
import { sentCode } from '../testing/sent-code.ts';
import { signAction } from '../testing/signing-person.ts';
import { createTestCore, makeTestUser, moveClock, type TestCore } from '../testing/test-core.ts';
import { confirmVerification, saveReinstated, startVerification } from '../users/index.ts';
import { beginTotp, confirmTotp, removeTotp, setPassword, unlinkProvider } from '../ways-in/index.ts';
import { turnPasswordsOn } from '../ways-in/testing/index.ts';
import {
  askForCodes,
  createRecoveryCodes,
  getRecoveryStatus,
  makeRecoveryCodes,
  proveRecovery,
  undoRecovery,
} from './index.ts';
import {
  begin,
  finish,
  makeCodes,
  makeRecoverablePerson,
  networkAddress,
  type RecoverablePerson,
  readContactCodes,
  recover,
} from './testing/recovering-person.ts';

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
  expect(undone).toEqual({
    sessionsEnded: 1,
    passkeysRemoved: 1,
    codesVoided: 9,
    coolingUntil,
    contactsRecoverFrom: null,
  });
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

test('while the account cools on, a recovery of the day before is undone with the one of today', async () => {
  const { person, codes, thief } = await recovered();
  await moveClock(database.owner, 82_800);
  await recover(core, person.handle, codes[1] ?? '');
  await moveClock(database.owner, 7200);
  const { tokens } = await signIn(core, person.authenticator, { handle: person.handle });
  expect(await undo(callIn(person.userId, tokens))).toMatchObject({ passkeysRemoved: 2 });
  expect(await refusalOf(signIn(core, thief.authenticator))).toMatchObject({ code: 'SIGN_IN_REFUSED' });
});

test('an account that was suspended cools on after it for what was left, and is undone for as long', async () => {
  const { person, thief } = await recovered();
  const { userId, handle } = person;
  const before = await statusOf(callIn(userId, thief.tokens));
  const admin = await makeOperator(core, 'demo_admin', ['admin']);
  await moveClock(database.owner, 3600);
  await (await signedAccountChange(core, admin, 'admin.suspendUser', userId))();
  await moveClock(database.owner, 2 * 86_400);
  const { tokens: operators } = await signIn(core, admin.authenticator, { handle: 'demo_admin' });
  const { sessionId } = operators;
  const operator = { ...admin, sessionId, call: () => callIn(admin.userId, operators) };
  await (await signedAccountChange(core, operator, 'admin.reinstateUser', userId))();
  const { tokens } = await signIn(core, person.authenticator, { handle });
  const owner = callIn(userId, tokens);
  const { canUndo, coolingUntil } = await statusOf(owner);
  expect(canUndo).toBe(true);
  const [suspendedAt = 0, reinstatedAt = 0] = await changesOf(userId);
  const left = (before.coolingUntil?.getTime() ?? 0) - suspendedAt;
  expect(coolingUntil?.getTime()).toBe(reinstatedAt + left);
  expect(await undo(owner)).toMatchObject({ passkeysRemoved: 1 });
  expect(await refusalOf(signIn(core, thief.authenticator))).toMatchObject({ code: 'SIGN_IN_REFUSED' });
});

/** When a person's standing was changed, oldest first. */
async function changesOf(userId: string): Promise<number[]> {
  const changes = await core.db
    .selectFrom('standing_changes')
    .where('user_id', '=', userId)
    .orderBy('id')
    .select('changed_at')
    .execute();
  return changes.map((change) => change.changed_at.getTime());
}

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

test('who has a list of codes freezes the account once: undoing voids the list and ends what was begun with it', async () => {
  const { person, codes } = await recovered();
  const { userId, handle } = person;
  const openId = await begin(core, handle);
  const provenId = await begin(core, handle);
  const asked = { recoveryId: provenId, recoveryCode: codes[1] ?? '' };
  const proven = await proveRecovery(core, anonymousCall, asked);
  const { tokens } = await signIn(core, person.authenticator, { handle });
  const owner = callIn(userId, tokens);
  expect(await undo(owner)).toMatchObject({ codesVoided: 8 });
  expect(await statusOf(owner)).toMatchObject({ codesLeft: 0 });
  expect(await refusalOf(finish(core, provenId, proven))).toMatchObject({ code: 'RECOVERY_REFUSED' });
  const again = { recoveryId: openId, recoveryCode: codes[2] ?? '' };
  expect(await refusalOf(proveRecovery(core, anonymousCall, again))).toMatchObject({ code: 'CODE_SPENT' });
  expect(await refusalOf(recover(core, handle, codes[3] ?? ''))).toMatchObject({ code: 'CODE_WRONG' });
  await moveClock(database.owner, 86_400);
  const later = await signIn(core, person.authenticator, { handle });
  const call = callIn(userId, later.tokens);
  const approval = await signAction(core, person, call, { action: 'recovery.createCodes' });
  expect((await createRecoveryCodes(core, call, { approval })).codes).toHaveLength(10);
});

/** Comes back as a person by what goes to his phone and his mailbox. */
async function recoverByContacts(person: RecoverablePerson) {
  const recoveryId = await begin(core, person.handle);
  const given = { recoveryId, ...(await readContactCodes(core, recoveryId, person)) };
  return finish(core, recoveryId, await proveRecovery(core, anonymousCall, given));
}

/** Has a contact of his own verified by who is signed in with this. */
async function verifyContact(call: () => Call, channel: 'phone' | 'email', contact: string) {
  const { verificationId } = await startVerification(core, call(), { channel, contact });
  await confirmVerification(core, call(), { channel, verificationId, code: await sentCode(core, contact) });
}

describe('who reads phone and mailbox freezes the account once', () => {
  /** A person who has undone a recovery by what goes to his phone and mailbox. */
  async function undoneByOwner(given?: RecoverablePerson) {
    const person = given ?? (await makeRecoverablePerson(core));
    await recoverByContacts(person);
    const { tokens } = await signIn(core, person.authenticator, { handle: person.handle });
    const undone = await undo(callIn(person.userId, tokens));
    return { person, tokens, undone };
  }
  const makePersonWithCodes = async () => {
    const person = await makeRecoverablePerson(core);
    return { person, codes: (await makeCodes(core, person)).codes };
  };
  const sentIn = async (person: RecoverablePerson) => {
    await sendMessages(core, 100);
    const before = core.sent.length;
    await askForCodes(core, anonymousCall, { recoveryId: await begin(core, person.handle), networkAddress });
    await makeRecoveryCodes(core, 100);
    await sendMessages(core, 100);
    return core.sent.length - before;
  };

  test('undoing makes them useless until a day after the cooling', async () => {
    const { person, tokens, undone } = await undoneByOwner();
    const { coolingUntil, contactsRecoverFrom } = undone;
    expect(contactsRecoverFrom).toEqual(coolingUntil && after(coolingUntil, 86_400));
    expect(await statusOf(callIn(person.userId, tokens))).toMatchObject({
      canRecover: false,
      contactsRecoverFrom,
    });
    expect(await sentIn(person)).toBe(0);
    await moveClock(database.owner, 86_400);
    expect(await sentIn(person)).toBe(0);
    await moveClock(database.owner, 86_390);
    expect(await sentIn(person)).toBe(0);
    await moveClock(database.owner, 20);
    expect(await sentIn(person)).toBe(2);
    await recoverByContacts(person);
  });

  test('when the cooling is over the owner changes them, and what he had brings nobody back', async () => {
    const { person } = await undoneByOwner();
    await moveClock(database.owner, 86_400);
    const { tokens } = await signIn(core, person.authenticator, { handle: person.handle });
    const call = () => callIn(person.userId, tokens);
    await verifyContact(call, 'phone', '+2348041288801');
    await verifyContact(call, 'email', 'changed_owner@mail.example');
    await moveClock(database.owner, 86_400);
    const recoveryId = await begin(core, person.handle);
    const codes = await readContactCodes(core, recoveryId, person);
    expect(codes).toEqual({ phoneCode: '', emailCode: '' });
  });

  const contactsFromOf = async ({ userId, authenticator, handle }: RecoverablePerson) => {
    const { tokens } = await signIn(core, authenticator, { handle });
    return (await statusOf(callIn(userId, tokens))).contactsRecoverFrom;
  };

  test.each([
    ['in the cooling', -60, 2 * 86_400],
    ['in the day after it', 3600, 2 * 86_400],
    ['when that day is over', 86_400, 0],
  ])('a suspension %s takes nothing of the time that the owner has for it', async (_name, at, shifted) => {
    const { person, undone } = await undoneByOwner();
    const suspendedAt = after(undone.coolingUntil ?? new Date(0), at);
    await sql`update users set suspended_at = ${suspendedAt} where id = ${person.userId}`.execute(
      database.owner,
    );
    const { contactAgeSeconds } = core.policy.recovery;
    const now = after(suspendedAt, 2 * 86_400);
    await inTransaction(core.db, (tx) => saveReinstated(tx, person.userId, { now, contactAgeSeconds }));
    expect(await contactsFromOf(person)).toEqual(after(undone.contactsRecoverFrom ?? new Date(0), shifted));
  });

  test.each([
    ['in the cooling', 23],
    ['in the day after it', 36],
  ])(
    'who recovers by a code %s takes nothing of the time that the owner has for it',
    async (_name, hours) => {
      const { person, codes } = await makePersonWithCodes();
      await undoneByOwner(person);
      await moveClock(database.owner, hours * 3600);
      await recover(core, person.handle, codes[0] ?? '');
      const { tokens } = await signIn(core, person.authenticator, { handle: person.handle });
      const again = await undo(callIn(person.userId, tokens));
      expect(again.coolingUntil).not.toBeNull();
      expect(await contactsFromOf(person)).toEqual(again.coolingUntil && after(again.coolingUntil, 86_400));
    },
  );

  test('once that time is over a recovery by a code leaves phone and mailbox as they are', async () => {
    const { person, codes } = await makePersonWithCodes();
    const { undone } = await undoneByOwner(person);
    await moveClock(database.owner, 2 * 86_400);
    await recover(core, person.handle, codes[0] ?? '');
    expect(await contactsFromOf(person)).toEqual(undone.contactsRecoverFrom);
  });

  test('phone and mailbox are told that it was undone, and by when to speak up', async () => {
    const { person, undone } = await undoneByOwner();
    await sendMessages(core, 100);
    for (const to of [person.phone, person.email]) {
      const told = core.sent.find((sent) => sent.to === to && sent.text.includes('was undone'));
      expect(told?.text).toContain(`before ${instantText(undone.coolingUntil ?? new Date(0))}`);
    }
  });
});

test('codes that nobody used stay, where phone and email brought somebody in', async () => {
  const person = await makeRecoverablePerson(core);
  const { codes } = await makeCodes(core, person);
  await recoverByContacts(person);
  const { tokens } = await signIn(core, person.authenticator, { handle: person.handle });
  expect(await undo(callIn(person.userId, tokens))).toMatchObject({ codesVoided: 0, passkeysRemoved: 1 });
  await recover(core, person.handle, codes[0] ?? '');
});

test.each([
  ['before', 0],
  ['after', 1],
])('a recovery that is being finished %s another is undone goes with it', async (_name, place) => {
  const { person, codes } = await recovered();
  const { userId, handle } = person;
  const { tokens } = await signIn(core, person.authenticator, { handle });
  const authenticator = makeAuthenticator(core);
  const recoveryId = await begin(core, handle);
  const asked = { recoveryId, recoveryCode: codes[1] ?? '' };
  const proven = await proveRecovery(core, anonymousCall, asked);
  const calls: (() => Promise<unknown>)[] = [() => undo(callIn(userId, tokens))];
  calls.splice(place, 0, () => finish(core, recoveryId, proven, authenticator));
  const both: Promise<unknown>[] = [];
  await database.owner.transaction().execute(async (holder) => {
    await sql`select 1 from users where id = ${userId} for update`.execute(holder);
    for (const call of calls) {
      both.push(call());
      await untilWaiting(both.length);
    }
  });
  expect(await codesOf(both)).toEqual(place === 0 ? [null, null] : [null, 'RECOVERY_REFUSED']);
  expect(await refusalOf(signIn(core, authenticator))).toMatchObject({ code: 'SIGN_IN_REFUSED' });
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

test('while the account cools the ways in stay as they are: whoever came back wrongly makes himself no home', async () => {
  const { person, codes, thief } = await recovered();
  const { userId } = person;
  turnPasswordsOn(core);
  const { code, details } = await refusalOf(beginAddPasskey(core, callIn(userId, thief.tokens), {}));
  expect({ code, details }).toEqual({
    code: 'ACCOUNT_COOLING',
    details: { availableFrom: expect.any(Date) },
  });
  const further = makeAuthenticator(core);
  const call = callIn(userId, thief.tokens);
  await sql`update users set money_out_from = null where id = ${userId}`.execute(database.owner);
  const { ceremony, options } = await beginAddPasskey(core, call, {});
  const input = { ceremony, response: await further.create(options), name: 'Demo key' };
  // The account begins to cool between the two steps.
  await recover(core, person.handle, codes[1] ?? '');
  await sql`update sessions set ended_at = null, ended_reason = null
    where id = ${thief.tokens.sessionId}`.execute(database.owner);
  const approval = await signAction(core, thief, call, { action: 'auth.addPasskey', ...input });
  const asThief = () => callIn(userId, thief.tokens);
  const [removal, password] = [asThief(), asThief()];
  const noApp = await signAction(core, thief, removal, { action: 'auth.removeTotp' });
  const newPassword = 'a demo pass phrase';
  const own = await signAction(core, thief, password, { action: 'auth.setPassword', newPassword });
  const changes: (() => Promise<unknown>)[] = [
    () => addPasskey(core, call, { ...input, approval }),
    () => beginTotp(core, asThief(), {}),
    () => confirmTotp(core, asThief(), { code: '000000' }),
    () => removeTotp(core, removal, { approval: noApp }),
    () => setPassword(core, password, { newPassword, approval: own }),
    () => unlinkProvider(core, asThief(), { identityId: userId }),
  ];
  for (const change of changes) expect((await refusalOf(change())).code).toBe('ACCOUNT_COOLING');
  expect(await refusalOf(signIn(core, further))).toMatchObject({ code: 'SIGN_IN_REFUSED' });
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
