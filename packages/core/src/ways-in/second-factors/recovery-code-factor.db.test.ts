import { createTestDatabase, type TestDatabase } from '@errand-dash/db/testing';
import { sql } from 'kysely';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { removePasskey } from '../../passkeys/index.ts';
import { makeCodes, recover } from '../../recovery/testing/recovering-person.ts';
import { beginApproval } from '../../signed-actions.ts';
import { codesOf, refusalOf } from '../../testing/refusal-of.ts';
import { makeSigningPerson, type SigningPerson, signAction } from '../../testing/signing-person.ts';
import { createTestCore, type TestCore } from '../../testing/test-core.ts';
import { hashRecoveryCode } from '../../users/index.ts';
import {
  codeOf,
  makePasswordPerson,
  setDemoPassword,
  tryCode,
  tryPassword,
  turnPasswordsOn,
  wrongCode,
} from '../testing/ways-in-person.ts';
import { removeTotp } from './remove-totp.command.ts';

let database: TestDatabase;
let core: TestCore;

beforeAll(async () => {
  database = await createTestDatabase();
  core = createTestCore(database.db);
  turnPasswordsOn(core);
});
afterAll(() => database.drop());

interface CodesPerson extends SigningPerson {
  handle: string;
  codes: string[];
}

/** A person with a password, recovery codes and no authenticator app. */
async function makeCodesPerson(handle: string): Promise<CodesPerson> {
  const person = await makeSigningPerson(core, handle);
  const { codes } = await makeCodes(core, person);
  await setDemoPassword(core, person);
  return { ...person, handle, codes };
}

const begin = async (handle: string) => (await tryPassword(core, { name: handle })).secondFactorId;
const tryRecoveryCode = (secondFactorId: string, code: string) =>
  tryCode(core, secondFactorId, code, { kind: 'recovery_code' });
const codeAt = ({ codes }: CodesPerson, index: number): string => codes[index] ?? '';

/** What a person was told of his codes, newest last. */
function toldOf({ userId }: CodesPerson) {
  return core.db
    .selectFrom('events')
    .where('name', '=', 'user.recovery_code_spent')
    .where('subject_id', '=', userId)
    .orderBy('id')
    .select(['audience', 'data'])
    .execute();
}

test('who has recovery codes and no app signs in by password and one of them, and is told how many are left', async () => {
  const ada = await makeCodesPerson('ada');
  const asked = await tryPassword(core, { name: 'ada' });
  expect(asked.kinds).toEqual(['recovery_code']);
  const { user, tokens } = await tryRecoveryCode(asked.secondFactorId, codeAt(ada, 0));
  expect(user).toMatchObject({ userId: ada.userId, handle: 'ada' });
  const session = await core.db
    .selectFrom('sessions')
    .where('id', '=', tokens.sessionId)
    .select(['user_id', 'passkey_id'])
    .executeTakeFirstOrThrow();
  expect(session).toEqual({ user_id: ada.userId, passkey_id: null });
  expect(await toldOf(ada)).toEqual([{ audience: [ada.userId], data: { codesLeft: 9 } }]);
  // Written as people write.
  const typed = codeAt(ada, 1).toLowerCase().replaceAll('-', ' ');
  await tryRecoveryCode(await begin('ada'), typed);
});

test('a session by a recovery code signs nothing without a passkey', async () => {
  const bola = await makeCodesPerson('bola');
  const { tokens } = await tryRecoveryCode(await begin('bola'), codeAt(bola, 0));
  const call = {
    ...bola.call(),
    caller: { kind: 'user', userId: bola.userId, sessionId: tokens.sessionId },
  } as const;
  const thief = await makeSigningPerson(core, 'demo_thief');
  const asked = { action: 'recovery.createCodes', idempotencyKey: call.idempotencyKey ?? '' } as const;
  const begun = await beginApproval(core, call, asked);
  expect(begun.options.allowCredentials).toHaveLength(1);
  const response = await thief.authenticator.get({ ...begun.options, allowCredentials: [] });
  const approval = { approvalId: begun.approvalId, response };
  expect((await refusalOf(removeTotp(core, call, { approval }))).code).toBe('SIGNATURE_REFUSED');
});

test('a code is taken once: neither again, nor by two at once in two sign-ins, nor to recover the account', async () => {
  const chidi = await makeCodesPerson('chidi');
  const challenge = await begin('chidi');
  await tryRecoveryCode(challenge, codeAt(chidi, 0));
  expect((await refusalOf(tryRecoveryCode(challenge, codeAt(chidi, 1)))).code).toBe('CODE_SPENT');
  expect((await refusalOf(tryRecoveryCode(await begin('chidi'), codeAt(chidi, 0)))).code).toBe('CODE_WRONG');
  expect((await refusalOf(recover(core, 'chidi', codeAt(chidi, 0)))).code).toBe('CODE_WRONG');
  const challenges = [await begin('chidi'), await begin('chidi')];
  const codes = await codesOf(challenges.map((one) => tryRecoveryCode(one, codeAt(chidi, 1))));
  expect([...codes].sort()).toEqual(['CODE_WRONG', null]);
  expect(await toldOf(chidi)).toHaveLength(2);
});

test('of a hundred wrong recovery codes at once five are counted, and the right one is not spent after them', async () => {
  const dayo = await makeCodesPerson('dayo');
  const challenge = await begin('dayo');
  const wrong = Array.from({ length: 100 }, () => tryRecoveryCode(challenge, '0000-0000-0000-0000'));
  const codes = await codesOf(wrong);
  expect(codes.filter((code) => code === 'CODE_WRONG')).toHaveLength(5);
  expect(codes.filter((code) => code === 'CODE_SPENT')).toHaveLength(95);
  expect((await refusalOf(tryRecoveryCode(challenge, codeAt(dayo, 0)))).code).toBe('CODE_SPENT');
  await tryRecoveryCode(await begin('dayo'), codeAt(dayo, 0));
});

test("another person's code, one that new ones replaced, and a code of another kind are wrong", async () => {
  const efe = await makeCodesPerson('efe');
  const femi = await makeCodesPerson('femi');
  const challenge = await begin('efe');
  expect(await refusalOf(tryRecoveryCode(challenge, codeAt(femi, 0)))).toMatchObject({
    code: 'CODE_WRONG',
    details: { triesLeft: 4 },
  });
  expect((await refusalOf(tryCode(core, challenge, codeAt(efe, 0)))).code).toBe('CODE_WRONG');
  const { codes } = await makeCodes(core, efe);
  expect((await refusalOf(tryRecoveryCode(challenge, codeAt(efe, 0)))).code).toBe('CODE_WRONG');
  await tryRecoveryCode(challenge, codes[0] ?? '');
  await tryRecoveryCode(await begin('femi'), codeAt(femi, 0));
});

test('the last code signs in; without any a right password signs nobody in, and a passkey makes new ones', async () => {
  const gbenga = await makeCodesPerson('gbenga');
  const last = hashRecoveryCode(core.keyring, gbenga.userId, codeAt(gbenga, 0));
  await core.db
    .updateTable('recovery_codes')
    .set({ spent_at: new Date() })
    .where('user_id', '=', gbenga.userId)
    .where('code_hash', '<>', last)
    .execute();
  const challenge = await begin('gbenga');
  expect((await refusalOf(tryRecoveryCode(challenge, codeAt(gbenga, 1)))).code).toBe('CODE_WRONG');
  await tryRecoveryCode(challenge, codeAt(gbenga, 0));
  expect(await toldOf(gbenga)).toEqual([{ audience: [gbenga.userId], data: { codesLeft: 0 } }]);
  expect((await refusalOf(begin('gbenga'))).code).toBe('PASSWORD_SIGN_IN_REFUSED');
  const fresh = await makeCodes(core, gbenga);
  await tryRecoveryCode(await begin('gbenga'), fresh.codes[0] ?? '');
});

test('the last code of who has no passkey is kept for recovering, by which he gets one', async () => {
  const jide = await makeCodesPerson('jide');
  const challenge = await begin('jide');
  const last = hashRecoveryCode(core.keyring, jide.userId, codeAt(jide, 0));
  await core.db
    .updateTable('recovery_codes')
    .set({ spent_at: new Date() })
    .where('user_id', '=', jide.userId)
    .where('code_hash', '<>', last)
    .execute();
  await core.db
    .updateTable('passkeys')
    .set({ removed_at: new Date() })
    .where('user_id', '=', jide.userId)
    .execute();
  expect((await refusalOf(tryRecoveryCode(challenge, codeAt(jide, 0)))).code).toBe('CODE_WRONG');
  expect((await refusalOf(begin('jide'))).code).toBe('PASSWORD_SIGN_IN_REFUSED');
  await recover(core, 'jide', codeAt(jide, 0));
});

test.each([
  ['is refused after it', 'kemi', 0, 'CODE_WRONG'],
  ['refuses it', 'kemi_2', 1, 'PASSKEY_LAST'],
])('the last code, spent while the last passkey goes, %s', async (_name, handle, place, refusedBy) => {
  const kemi = await makeCodesPerson(handle);
  const { userId } = kemi;
  await core.db
    .updateTable('recovery_codes')
    .set({ spent_at: new Date() })
    .where('user_id', '=', userId)
    .where('code_hash', '<>', hashRecoveryCode(core.keyring, userId, codeAt(kemi, 0)))
    .execute();
  const { passkeyId } = await core.db
    .selectFrom('passkeys')
    .where('user_id', '=', userId)
    .select('id as passkeyId')
    .executeTakeFirstOrThrow();
  const challenge = await begin(handle);
  const call = kemi.call();
  const approval = await signAction(core, kemi, call, { action: 'auth.removePasskey', passkeyId });
  const calls: (() => Promise<unknown>)[] = [() => removePasskey(core, call, { passkeyId, approval })];
  calls.splice(place === 0 ? 1 : 0, 0, () => tryRecoveryCode(challenge, codeAt(kemi, 0)));
  const both: Promise<unknown>[] = [];
  await database.owner.transaction().execute(async (holder) => {
    await sql`select 1 from passkeys where id = ${passkeyId} for update`.execute(holder);
    for (const one of calls) {
      both.push(one());
      await expect.poll(countWaiting, { timeout: 10_000 }).toBe(both.length);
    }
  });
  expect(await codesOf(both)).toEqual([null, refusedBy]);
});

/** Whose connections one sees whole are those of one's own login. */
async function countWaiting(): Promise<number> {
  const { rows } = await sql<{ count: bigint }>`select count(*) as count from pg_stat_activity
    where datname = current_database() and wait_event_type = 'Lock'`.execute(core.db);
  return Number(rows[0]?.count ?? 0);
}

test('who lost his app signs in by a code instead; wrong ones of both are counted together', async () => {
  const hauwa = await makePasswordPerson(core, database, 'hauwa');
  const { codes } = await makeCodes(core, hauwa);
  const asked = await tryPassword(core, { name: 'hauwa' });
  expect(asked.kinds).toEqual(['totp', 'recovery_code']);
  const wrong = await wrongCode(database, hauwa.secret);
  const tries = [
    await refusalOf(tryCode(core, asked.secondFactorId, wrong)),
    await refusalOf(tryRecoveryCode(asked.secondFactorId, '0000-0000-0000-0000')),
  ];
  expect(tries.map(({ details }) => details)).toEqual([{ triesLeft: 4 }, { triesLeft: 3 }]);
  await tryRecoveryCode(asked.secondFactorId, codes[0] ?? '');
  await tryCode(core, await begin('hauwa'), await codeOf(database, hauwa.secret));
});

test('an app may go for as long as recovery codes stand beside the password', async () => {
  const ife = await makePasswordPerson(core, database, 'ife');
  await makeCodes(core, ife);
  const call = ife.call();
  const approval = await signAction(core, ife, call, { action: 'auth.removeTotp' });
  expect(await removeTotp(core, call, { approval })).toEqual({ totpConfirmedAt: null });
  expect((await tryPassword(core, { name: 'ife' })).kinds).toEqual(['recovery_code']);
});
