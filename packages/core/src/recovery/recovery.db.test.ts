import { createTestDatabase, type TestDatabase } from '@errand-dash/db/testing';
import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { anonymousCall, deviceId, makeAuthenticator, signIn } from '../auth/testing/passkey-person.ts';
import { listNotices } from '../notices/index.ts';
import { sweeps } from '../sweeps.ts';
import { codesOf, refusalOf } from '../testing/refusal-of.ts';
import { sentCode } from '../testing/sent-code.ts';
import { createTestCore, moveClock, type TestCore } from '../testing/test-core.ts';
import {
  askForCodes,
  finishRecovery,
  getRecoveryStatus,
  makeRecoveryCodes,
  type ProveRecovery,
  proveRecovery,
  pruneRecoveries,
} from './index.ts';
import { recoveryMachine } from './recovery.machine.ts';
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

const prove = (input: ProveRecovery) => proveRecovery(core, anonymousCall, input);
const _wrongOf = (code: string) => String((Number(code) + 1) % 1_000_000).padStart(6, '0');
const _someCode = 'AAAA-BBBB-CCCC-DDDD';

async function withCodes(): Promise<RecoverablePerson & { codes: string[] }> {
  const person = await makeRecoverablePerson(core);
  return { ...person, codes: (await makeCodes(core, person)).codes };
}

const moneyOutFromOf = async (userId: string) =>
  (
    await core.db
      .selectFrom('users')
      .where('id', '=', userId)
      .select('money_out_from')
      .executeTakeFirstOrThrow()
  ).money_out_from;

describe('who comes back', () => {
  test('by a recovery code has a new passkey; all else has ended, and no money leaves for a day', async () => {
    const person = await withCodes();
    const before = await moneyOutFromOf(person.userId);
    const back = await recover(core, person.handle, person.codes[0] ?? '');
    expect(back.user.userId).toBe(person.userId);
    expect(before).toBeNull();
    const asNew = {
      caller: { kind: 'user', userId: person.userId, sessionId: back.tokens.sessionId },
    } as const;
    const call = { ...asNew, idempotencyKey: null, requestId: 'test' };
    const status = await getRecoveryStatus(core, call, {});
    expect(status).toMatchObject({ codesLeft: 9, canRecover: true });
    const finished = await core.db
      .selectFrom('recoveries')
      .where('id', '=', back.recoveryId)
      .selectAll()
      .executeTakeFirstOrThrow();
    expect(finished).toMatchObject({ state: 'finished', factor: 'recovery_code' });
    expect(status.coolingUntil?.getTime()).toBe((finished.ended_at?.getTime() ?? 0) + 86_400_000);
    // The old device is out, and its passkey still signs in.
    expect(await refusalOf(getRecoveryStatus(core, person.call(), {}))).toMatchObject({
      code: 'SESSION_ENDED',
    });
    expect((await signIn(core, person.authenticator, { handle: person.handle })).user.userId).toBe(
      person.userId,
    );
    expect((await signIn(core, back.authenticator, { handle: person.handle })).user.userId).toBe(
      person.userId,
    );
  });

  test('by phone and email together comes back too', async () => {
    const person = await makeRecoverablePerson(core);
    const recoveryId = await begin(core, person.handle);
    const codes = await readContactCodes(core, recoveryId, person);
    const proven = await prove({ recoveryId, ...codes });
    expect((await finish(core, recoveryId, proven)).user.userId).toBe(person.userId);
  });

  test('is told of it in the app, by phone and by email, with what to do', async () => {
    const person = await withCodes();
    const { tokens } = await recover(core, person.handle, person.codes[0] ?? '');
    for (const name of ['deliver-notices', 'send-messages']) await sweeps[name]?.(core, 100);
    const caller = { kind: 'user', userId: person.userId, sessionId: tokens.sessionId } as const;
    const call = { caller, idempotencyKey: null, requestId: 'test' };
    const { notices } = await listNotices(core, call, { unreadOnly: false, limit: 20 });
    expect(notices.map(({ event }) => event)).toContain('recovery.finished');
    for (const to of [person.phone, person.email]) {
      const message = core.sent.findLast((sent) => sent.to === to);
      expect(message?.text).toMatch(/was recovered on .* UTC.*money leaves.*passkeys alone sign in.*undo/s);
    }
  });

  test('who did not answer in time proves himself again by the same proof, in the same recovery', async () => {
    const person = await withCodes();
    const [recoveryCode = ''] = person.codes;
    const recoveryId = await begin(core, person.handle);
    const first = await prove({ recoveryId, recoveryCode });
    await moveClock(database.owner, 300);
    expect(await refusalOf(finish(core, recoveryId, first))).toMatchObject({ code: 'RECOVERY_REFUSED' });
    const elsewhere = await begin(core, person.handle);
    expect(await refusalOf(prove({ recoveryId: elsewhere, recoveryCode }))).toMatchObject({
      code: 'CODE_WRONG',
    });
    await finish(core, recoveryId, await prove({ recoveryId, recoveryCode }));
  });

  test('by contacts proves himself again after the codes have run out, and nobody else does', async () => {
    const person = await makeRecoverablePerson(core);
    const recoveryId = await begin(core, person.handle);
    const late = await begin(core, person.handle);
    const codes = await readContactCodes(core, recoveryId, person);
    const unused = await readContactCodes(core, late, person);
    await prove({ recoveryId, ...codes });
    await moveClock(database.owner, 300);
    expect(await refusalOf(prove({ recoveryId: late, ...unused }))).toMatchObject({ code: 'CODE_WRONG' });
    await finish(core, recoveryId, await prove({ recoveryId, ...codes }));
  });
});

describe('the new passkey', () => {
  async function proven() {
    const person = await withCodes();
    const recoveryId = await begin(core, person.handle);
    return { person, recoveryId, asked: await prove({ recoveryId, recoveryCode: person.codes[0] ?? '' }) };
  }

  test('cannot be given to a recovery that was not proven', async () => {
    const { asked } = await proven();
    const stranger = await withCodes();
    const open = await begin(core, stranger.handle);
    for (const recoveryId of [open, '018f3c5a-0000-7000-8000-000000000001']) {
      expect(await refusalOf(finish(core, recoveryId, asked))).toMatchObject({ code: 'RECOVERY_REFUSED' });
    }
  });

  test('cannot be given by the answer to another recovery, and the attempt consumes the challenge', async () => {
    const [one, other] = [await proven(), await proven()];
    expect(await refusalOf(finish(core, one.recoveryId, other.asked))).toMatchObject({
      code: 'RECOVERY_REFUSED',
    });
    expect(await refusalOf(finish(core, one.recoveryId, one.asked))).toMatchObject({
      code: 'RECOVERY_REFUSED',
    });
    await finish(core, other.recoveryId, other.asked);
  });

  test('is given once, also of ten at once', async () => {
    const { recoveryId, asked, person } = await proven();
    const codes = await codesOf(Array.from({ length: 10 }, () => finish(core, recoveryId, asked)));
    expect(codes.filter((each) => each === null)).toHaveLength(1);
    expect(codes.filter((each) => each === 'RECOVERY_REFUSED')).toHaveLength(9);
    const passkeys = core.db.selectFrom('passkeys').where('user_id', '=', person.userId).select('id');
    expect(await passkeys.execute()).toHaveLength(2);
  });

  test('cannot be one that somebody has', async () => {
    const { recoveryId, asked } = await proven();
    const authenticator = makeAuthenticator(core);
    const other = await proven();
    const { credentialId } = await credentialOf(other, authenticator);
    const response = await authenticator.create(asked.options);
    const stolen = { ...response, id: credentialId, rawId: credentialId };
    const place = { recoveryId, response: stolen, deviceId, userAgent: 'test', networkAddress: '' };
    expect(await refusalOf(finishRecovery(core, anonymousCall, place))).toMatchObject({
      code: 'RECOVERY_REFUSED',
    });
  });

  async function credentialOf(
    given: Awaited<ReturnType<typeof proven>>,
    authenticator: ReturnType<typeof makeAuthenticator>,
  ) {
    const response = await authenticator.create(given.asked.options);
    const place = { recoveryId: given.recoveryId, response, deviceId, userAgent: 'test', networkAddress: '' };
    await finishRecovery(core, anonymousCall, place);
    return { credentialId: response.id };
  }
});

test('of two recoveries at once one finishes, and the other is over, without a deadlock', async () => {
  const again: string[] = [];
  const patient: TestCore = { ...core, log: (_level, message) => again.push(message) };
  for (let round = 0; round < 5; round += 1) {
    const person = await withCodes();
    const started = [];
    for (const recoveryCode of person.codes.slice(0, 2)) {
      const recoveryId = await begin(core, person.handle);
      started.push({ recoveryId, recoveryCode, asked: await prove({ recoveryId, recoveryCode }) });
    }
    const codes = await codesOf(started.map(({ recoveryId, asked }) => finish(patient, recoveryId, asked)));
    expect(codes.sort()).toEqual(['RECOVERY_REFUSED', null]);
    const states = await core.db
      .selectFrom('recoveries')
      .where('user_id', '=', person.userId)
      .select('state')
      .execute();
    expect(states.map(({ state }) => state).sort()).toEqual(['ended', 'finished']);
    const last = started.map(({ recoveryId, recoveryCode }) => prove({ recoveryId, recoveryCode }));
    expect(await codesOf(last)).toEqual(['CODE_SPENT', 'CODE_SPENT']);
  }
  expect(again.filter((message) => message.includes('again'))).toEqual([]);
});

test('a later recovery pushes the cooling on, never back', async () => {
  const person = await withCodes();
  await recover(core, person.handle, person.codes[0] ?? '');
  const first = await moneyOutFromOf(person.userId);
  await moveClock(database.owner, 3600);
  await recover(core, person.handle, person.codes[1] ?? '');
  const second = await moneyOutFromOf(person.userId);
  expect((second?.getTime() ?? 0) - (first?.getTime() ?? 0)).toBeGreaterThanOrEqual(3_600_000);
});

test('codes are sent for one person three times in ten minutes, and once in a recovery', async () => {
  const person = await makeRecoverablePerson(core);
  const sent = () =>
    core.sent.filter(({ to, text }) => to === person.phone && text.includes('recover')).length;
  const asked: string[] = [];
  for (let count = 0; count < 4; count += 1) {
    const recoveryId = await begin(core, person.handle);
    await readContactCodes(core, recoveryId, person);
    await readContactCodes(core, recoveryId, person);
    asked.push(recoveryId);
  }
  expect(sent()).toBe(3);
  await moveClock(database.owner, 601);
  await readContactCodes(core, await begin(core, person.handle), person);
  expect(sent()).toBe(4);
});

test('a stranger in another network does not use up the codes of the owner, who is not flooded either', async () => {
  const person = await makeRecoverablePerson(core);
  const sent = () =>
    core.sent.filter(({ to, text }) => to === person.phone && text.includes('your code to recover')).length;
  const askFrom = async (from: string) => {
    const recoveryId = await begin(core, person.handle);
    return { recoveryId, ...(await readContactCodes(core, recoveryId, person, from)) };
  };
  for (let count = 0; count < 5; count += 1) await askFrom('198.51.100.66');
  expect(sent()).toBe(3);
  const { recoveryId, phoneCode, emailCode } = await askFrom('192.0.2.1');
  expect(sent()).toBe(4);
  const proven = await proveRecovery(core, anonymousCall, { recoveryId, phoneCode, emailCode });
  await finish(core, recoveryId, proven);
  // Addresses of one IPv6 network are one asker.
  for (let count = 1; count <= 5; count += 1) await askFrom(`2001:db8:7:7::${count}`);
  expect(sent()).toBe(4 + 3);
  for (let count = 1; count <= 9; count += 1) await askFrom(`203.0.113.${count}`);
  expect(sent()).toBe(10);
});

test('codes that were asked for are made by one worker, and not once they are of no use', async () => {
  const person = await makeRecoverablePerson(core);
  const sent = () =>
    core.sent.filter(({ to, text }) => to === person.phone && text.includes('recover')).length;
  const recoveryId = await begin(core, person.handle);
  await askForCodes(core, anonymousCall, { recoveryId, networkAddress });
  expect(core.woken).toContain('make-recovery-codes');
  await Promise.all([makeRecoveryCodes(core, 10), makeRecoveryCodes(core, 10), makeRecoveryCodes(core, 10)]);
  await sentCode(core, person.phone);
  expect(sent()).toBe(1);
  const late = await begin(core, person.handle);
  await askForCodes(core, anonymousCall, { recoveryId: late, networkAddress });
  await moveClock(database.owner, 300);
  expect(await makeRecoveryCodes(core, 10)).toBe(1);
  await sentCode(core, person.phone);
  expect(sent()).toBe(1);
});

test('what came to nothing is forgotten a day later, what brought somebody back is kept', async () => {
  const person = await withCodes();
  const { recoveryId: finished } = await recover(core, person.handle, person.codes[0] ?? '');
  const open = await begin(core, person.handle);
  const kept = async () =>
    (await core.db.selectFrom('recoveries').where('id', 'in', [open, finished]).select('id').execute()).map(
      ({ id }) => id,
    );
  const prune = async () => {
    for (let left = 10; left === 10; ) left = await pruneRecoveries(core, 10);
  };
  await moveClock(database.owner, 86_400 + 1700);
  await prune();
  expect(await kept()).toContain(open);
  await moveClock(database.owner, 100);
  await prune();
  expect(await kept()).toEqual([finished]);
});

test('the table allows the states of the machine and no other', async () => {
  const { rows } = await sql<{ definition: string }>`select pg_get_constraintdef(oid) as definition
    from pg_constraint where conname = 'recoveries_state'`.execute(database.db);
  const states = [...(rows[0]?.definition ?? '').matchAll(/'(\w+)'::text/g)].map(([, state]) => state);
  expect(states.toSorted()).toEqual(Object.keys(recoveryMachine).toSorted());
});
