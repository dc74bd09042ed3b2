import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createTestDatabase, type TestDatabase } from '@errand-dash/db/testing';
import { sql } from 'kysely';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { signIn } from '../../auth/testing/passkey-person.ts';
import { beginApproval } from '../../signed-actions.ts';
import { codesOf, refusalOf } from '../../testing/refusal-of.ts';
import { makeSigningPerson, type SigningPerson, signAction } from '../../testing/signing-person.ts';
import { createTestCore, moveClock, type TestCore } from '../../testing/test-core.ts';
import { getMyWaysIn } from '../get-ways-in.query.ts';
import {
  codeOf,
  demoPassword,
  makePasswordPerson,
  makeTotpPerson,
  setDemoPassword,
  tryCode,
  tryPassword,
  turnPasswordsOn,
} from '../testing/ways-in-person.ts';
import { removePassword } from './remove-password.command.ts';
import { setPassword } from './set-password.command.ts';

let database: TestDatabase;
let core: TestCore;
let folder: string;
const breached = 'password password';

beforeAll(async () => {
  database = await createTestDatabase();
  core = createTestCore(database.db);
  folder = mkdtempSync(path.join(tmpdir(), 'breached-'));
  const file = path.join(folder, 'list.txt');
  const hash = createHash('sha1').update(breached).digest('hex').toUpperCase();
  writeFileSync(file, `${hash}:7\r\n`);
  turnPasswordsOn(core, file);
});
afterAll(async () => {
  rmSync(folder, { recursive: true });
  await database.drop();
});

const setAt = async (person: SigningPerson) => (await getMyWaysIn(core, person.call(), {})).passwordSetAt;

async function remove(person: SigningPerson) {
  const call = person.call();
  const approval = await signAction(core, person, call, { action: 'auth.removePassword' });
  return removePassword(core, call, { approval });
}

test('a password is set, changed and removed with a passkey, and each is told', async () => {
  const ada = await makeTotpPerson(core, database, 'ada');
  const first = await setDemoPassword(core, ada);
  expect(await setAt(ada)).toEqual(first.passwordSetAt);
  await signIn(core, ada.authenticator, { handle: 'ada' });
  await setDemoPassword(core, ada, 'another demo phrase');
  expect((await refusalOf(tryPassword(core, { name: 'ada' }))).code).toBe('PASSWORD_SIGN_IN_REFUSED');
  await tryPassword(core, { name: 'ada', password: 'another demo phrase' });
  await signIn(core, ada.authenticator, { handle: 'ada' });
  expect(await remove(ada)).toEqual({ passwordSetAt: null });
  expect(await setAt(ada)).toBeNull();
  const after = await refusalOf(tryPassword(core, { name: 'ada', password: 'another demo phrase' }));
  expect(after.code).toBe('PASSWORD_SIGN_IN_REFUSED');
  expect((await refusalOf(remove(ada))).code).toBe('OBJECT_NOT_FOUND');
  const events = await core.db
    .selectFrom('events')
    .where('subject_id', '=', ada.userId)
    .where('name', 'like', 'user.password%')
    .orderBy('id')
    .select(['name', 'data', 'audience'])
    .execute();
  expect(events).toEqual([
    { name: 'user.password_set', data: { isFirst: true, sessionsEnded: 0 }, audience: [ada.userId] },
    { name: 'user.password_set', data: { isFirst: false, sessionsEnded: 1 }, audience: [ada.userId] },
    { name: 'user.password_removed', data: { sessionsEnded: 1 }, audience: [ada.userId] },
  ]);
});

test('who got in by an old password is out once it is changed, and once it is removed', async () => {
  const person = await makePasswordPerson(core, database, 'ada_again');
  const enter = async (password: string) => {
    await moveClock(database.owner, 60);
    const { secondFactorId } = await tryPassword(core, { name: 'ada_again', password });
    const code = await codeOf(database, person.secret);
    return (await tryCode(core, secondFactorId, code)).tokens.sessionId;
  };
  const asIn = (sessionId: string) =>
    getMyWaysIn(core, { ...person.call(), caller: { kind: 'user', userId: person.userId, sessionId } }, {});
  const thief = await enter(demoPassword);
  await setDemoPassword(core, person, 'another demo phrase');
  expect((await refusalOf(asIn(thief))).code).toBe('SESSION_ENDED');
  const again = await enter('another demo phrase');
  await remove(person);
  expect((await refusalOf(asIn(again))).code).toBe('SESSION_ENDED');
  expect(await setAt(person)).toBeNull();
});

test('without a second factor no password is set', async () => {
  const bola = await makeSigningPerson(core, 'bola');
  expect((await refusalOf(setDemoPassword(core, bola))).code).toBe('SECOND_FACTOR_MISSING');
  expect(await setAt(bola)).toBeNull();
});

test.each([
  ['short', 'too_short'],
  ['x'.repeat(200), 'too_long'],
  [breached, 'breached'],
  ['Chidi-Chidi', 'is_name'],
])('"%s" is refused as %s, before anything is signed', async (newPassword, reason) => {
  const chidi = await makeTotpPerson(core, database, `chidi_${reason}`);
  await core.db
    .updateTable('users')
    .set({ display_name: 'Chidi Chidi' })
    .where('id', '=', chidi.userId)
    .execute();
  expect(await refusalOf(setDemoPassword(core, chidi, newPassword))).toMatchObject({
    code: 'PASSWORD_UNUSABLE',
    details: { reason, lengthMin: 8, lengthMax: 128 },
  });
  expect(await setAt(chidi)).toBeNull();
});

test('a signature is good for the very password that was signed', async () => {
  const dayo = await makeTotpPerson(core, database, 'dayo');
  const call = dayo.call();
  const approval = await signAction(core, dayo, call, {
    action: 'auth.setPassword',
    newPassword: demoPassword,
  });
  const other = setPassword(core, call, { newPassword: `${demoPassword}!`, approval });
  expect((await refusalOf(other)).code).toBe('SIGNATURE_REFUSED');
  expect(await setAt(dayo)).toBeNull();
});

test('what is signed does not tell the password, and neither does anything at rest', async () => {
  const efe = await makeTotpPerson(core, database, 'efe');
  const call = efe.call();
  const newPassword = 'a phrase to be found nowhere';
  const asked = {
    action: 'auth.setPassword' as const,
    newPassword,
    idempotencyKey: call.idempotencyKey ?? '',
  };
  const one = await beginApproval(core, call, asked);
  const two = await beginApproval(core, call, asked);
  expect(one.document.payee).toMatch(/^password:[A-Za-z0-9_-]{43}$/);
  expect(two.document.payee).toBe(one.document.payee);
  const plain = (algorithm: string, encoding: 'base64url' | 'hex') =>
    createHash(algorithm).update(newPassword).digest(encoding);
  expect(one.document.payee).not.toContain(plain('sha256', 'base64url'));
  await setPassword(core, call, {
    newPassword,
    approval: { approvalId: one.approvalId, response: await efe.authenticator.get(one.options) },
  });
  const { rows } = await sql<{ row: string }>`
    select to_jsonb(passwords)::text as row from passwords where user_id = ${efe.userId}
    union all select to_jsonb(commands)::text from commands where command = 'auth.setPassword'
    union all select to_jsonb(approvals)::text from approvals where user_id = ${efe.userId}
    union all select to_jsonb(events)::text from events where subject_id = ${efe.userId}`.execute(core.db);
  const all = rows.map(({ row }) => row).join();
  expect(rows.length).toBeGreaterThan(3);
  const hexOf = (text: string) => Buffer.from(text).toString('hex');
  for (const trace of [newPassword, hexOf(newPassword), hexOf('$argon2id'), plain('sha256', 'hex')]) {
    expect(all).not.toContain(trace);
  }
});

test('the same call again is answered as before, and under its key no other password is set', async () => {
  const femi = await makeTotpPerson(core, database, 'femi');
  const call = femi.call();
  const sign = (newPassword: string) =>
    signAction(core, femi, call, { action: 'auth.setPassword', newPassword });
  const given = { newPassword: demoPassword };
  const answer = await setPassword(core, call, { ...given, approval: await sign(demoPassword) });
  expect(await setPassword(core, call, { ...given, approval: await sign(demoPassword) })).toEqual(answer);
  const other = 'quite another phrase';
  const refusal = await refusalOf(
    setPassword(core, call, { newPassword: other, approval: await sign(other) }),
  );
  expect(refusal.code).toBe('IDEMPOTENCY_KEY_REUSED');
  await tryPassword(core, { name: 'femi' });
});

test('of two passwords at once with one signature one is set', async () => {
  const gbenga = await makeTotpPerson(core, database, 'gbenga');
  const call = gbenga.call();
  const given = { newPassword: demoPassword };
  const approval = await signAction(core, gbenga, call, { action: 'auth.setPassword', ...given });
  const codes = await codesOf(
    [call, gbenga.call()].map((each) => setPassword(core, each, { ...given, approval })),
  );
  expect(codes.filter((code) => code === null).length).toBeLessThanOrEqual(1);
  expect(codes).toContain('SIGNATURE_REFUSED');
});

test('what the old password began is over once there is another, or none', async () => {
  const ife = await makeTotpPerson(core, database, 'ife');
  await setDemoPassword(core, ife);
  const begun = await tryPassword(core, { name: 'ife' });
  await setDemoPassword(core, ife, 'another demo phrase');
  const first = tryCode(core, begun.secondFactorId, await codeOf(database, ife.secret));
  expect((await refusalOf(first)).code).toBe('CODE_SPENT');
  const later = await tryPassword(core, { name: 'ife', password: 'another demo phrase' });
  await remove(ife);
  const second = tryCode(core, later.secondFactorId, await codeOf(database, ife.secret));
  expect((await refusalOf(second)).code).toBe('CODE_SPENT');
});

test.each(['another', 'none'])(
  'a sign-in by the old password leads nowhere that begins while there comes to be %s',
  async (now) => {
    const handle = `demo_${now}`;
    const person = await makePasswordPerson(core, database, handle);
    const call = person.call();
    const newPassword = 'yet a demo phrase';
    const change =
      now === 'none'
        ? signAction(core, person, call, { action: 'auth.removePassword' })
        : signAction(core, person, call, { action: 'auth.setPassword', newPassword });
    const approval = await change;
    const act = () =>
      now === 'none'
        ? removePassword(core, call, { approval })
        : setPassword(core, call, { newPassword, approval });
    const both: Promise<unknown>[] = [];
    let secondFactorId = '';
    let isChanged = false;
    await database.owner.transaction().execute(async (holder) => {
      // For this row the challenge waits once the password was found right.
      await sql`select 1 from users where id = ${person.userId} for update`.execute(holder);
      both.push(tryPassword(core, { name: handle }).then((begun) => (secondFactorId = begun.secondFactorId)));
      await expect.poll(countWaiting, { timeout: 10_000 }).toBe(1);
      both.push(act().then(() => (isChanged = true)));
      await expect
        .poll(async () => isChanged || (await countWaiting()) === 2, { timeout: 10_000 })
        .toBe(true);
    });
    await Promise.all(both);
    const attempt = tryCode(core, secondFactorId, await codeOf(database, person.secret));
    expect((await refusalOf(attempt)).code).toBe('CODE_SPENT');
  },
);

/** Whose connections one sees whole are those of one's own login. */
async function countWaiting(): Promise<number> {
  const { rows } = await sql<{ count: bigint }>`select count(*) as count from pg_stat_activity
    where datname = current_database() and wait_event_type = 'Lock'`.execute(core.db);
  return Number(rows[0]?.count ?? 0);
}

test('where passwords are off none is set, but one that is left may be removed', async () => {
  const hauwa = await makeTotpPerson(core, database, 'hauwa');
  await setDemoPassword(core, hauwa);
  const { waysIn } = core;
  core.waysIn = { ...waysIn, passwords: null };
  try {
    const refused = { code: 'WAY_IN_OFF', details: { wayIn: 'password' } };
    expect(await refusalOf(setDemoPassword(core, hauwa))).toMatchObject(refused);
    expect(await refusalOf(tryPassword(core, { name: 'hauwa' }))).toMatchObject(refused);
    await remove(hauwa);
  } finally {
    core.waysIn = waysIn;
  }
});
