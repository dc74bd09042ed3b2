import type { Role } from '@errand-dash/contract';
import { createTestDatabase, type TestDatabase } from '@errand-dash/db/testing';
import { sql } from 'kysely';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { anonymousCall } from '../../auth/testing/passkey-person.ts';
import { checkAllInvariants } from '../../invariants.ts';
import { beginApproval } from '../../signed-actions.ts';
import { codesOf, refusalOf } from '../../testing/refusal-of.ts';
import { makeSigningPerson, type SigningPerson, signAction } from '../../testing/signing-person.ts';
import { createTestCore, type TestCore } from '../../testing/test-core.ts';
import { getMe, takeRole } from '../../users/index.ts';
import { findUser, getUser, grantRole, suspendUser } from '../index.ts';
import { makeOperator, signedAccountChange, signedRoleChange } from '../testing/operator-person.ts';

let database: TestDatabase;
let core: TestCore;
let admin: SigningPerson;
let chief: SigningPerson;
let person: SigningPerson;
let people = 0;

const nextHandle = () => {
  people += 1;
  return `demo_person_${people}`;
};
const nobody = '00000000-0000-7000-8000-000000000000';

beforeAll(async () => {
  database = await createTestDatabase();
  core = createTestCore(database.db);
  admin = await makeOperator(core, 'demo_admin', ['admin']);
  chief = await makeOperator(core, 'demo_chief', ['super_admin']);
});
beforeEach(async () => {
  person = await makeSigningPerson(core, nextHandle());
});
afterEach(async () => {
  expect(await checkAllInvariants(database.db)).toEqual([]);
});
afterAll(() => database.drop());

const change = async (
  by: SigningPerson,
  action: 'admin.grantRole' | 'admin.revokeRole',
  userId: string,
  role: Role,
) => (await signedRoleChange(core, by, action, { userId, role }))();
const changeAccount = async (
  by: SigningPerson,
  action: 'admin.suspendUser' | 'admin.reinstateUser',
  userId: string,
) => (await signedAccountChange(core, by, action, userId))();
const rolesOf = async ({ userId }: SigningPerson) =>
  (await getUser(core, admin.call(), { userId })).user.roles.map(({ role }) => role);
const eventsOf = async (userId: string, name: string) =>
  core.db
    .selectFrom('events')
    .where('subject_id', '=', userId)
    .where('name', '=', name)
    .select(['audience', 'data', 'actor_id as actorId'])
    .execute();

describe('a role', () => {
  test('is granted from the very next call on, told, and kept with who signed it and why', async () => {
    expect((await refusalOf(findUser(core, person.call(), { handle: 'demo_admin' }))).code).toBe(
      'ROLE_MISSING',
    );
    const call = admin.call();
    const asked = { userId: person.userId, role: 'moderator', reason: 'Answers people in Yaba' } as const;
    const approval = await signAction(core, admin, call, { action: 'admin.grantRole', ...asked });
    const granted = await grantRole(core, call, { ...asked, approval });
    expect(granted.roles).toEqual([
      { role: 'moderator', grantedAt: expect.any(Date), grantedBy: admin.userId, reason: asked.reason },
    ]);
    expect(await findUser(core, person.call(), { handle: 'demo_admin' })).toMatchObject({
      userId: admin.userId,
    });
    expect(await grantRole(core, call, { ...asked, approval })).toEqual(granted);
    expect(await eventsOf(person.userId, 'user.role_granted')).toEqual([
      { audience: [person.userId], data: { role: 'moderator' }, actorId: admin.userId },
    ]);
    const { changes } = await getUser(core, admin.call(), { userId: person.userId });
    expect(changes).toEqual([
      {
        change: 'granted',
        role: 'moderator',
        byKind: 'operator',
        byUserId: admin.userId,
        approvalId: approval.approvalId,
        reason: asked.reason,
        changedAt: expect.any(Date),
      },
    ]);
  });

  test('is revoked from the very next call on, and told', async () => {
    await change(admin, 'admin.grantRole', person.userId, 'moderator');
    await findUser(core, person.call(), { handle: 'demo_admin' });
    await change(admin, 'admin.revokeRole', person.userId, 'moderator');
    expect((await refusalOf(findUser(core, person.call(), { handle: 'demo_admin' }))).code).toBe(
      'ROLE_MISSING',
    );
    expect(await eventsOf(person.userId, 'user.role_revoked')).toHaveLength(1);
    const { changes } = await getUser(core, admin.call(), { userId: person.userId });
    expect(changes.map((kept) => kept.change)).toEqual(['revoked', 'granted']);
  });

  test('of an admin is given and taken by a super admin alone', async () => {
    for (const role of ['admin', 'super_admin'] as const) {
      expect(await refusalOf(change(admin, 'admin.grantRole', person.userId, role))).toMatchObject({
        code: 'ROLE_MISSING',
        details: { role: 'super_admin' },
      });
    }
    await change(chief, 'admin.grantRole', person.userId, 'admin');
    expect(await refusalOf(change(admin, 'admin.revokeRole', person.userId, 'admin'))).toMatchObject({
      code: 'ROLE_MISSING',
      details: { role: 'super_admin' },
    });
    expect(await rolesOf(person)).toEqual(['admin']);
  });

  test('is not changed by who holds it', async () => {
    expect((await refusalOf(change(chief, 'admin.revokeRole', chief.userId, 'super_admin'))).code).toBe(
      'STANDING_OWN',
    );
    expect((await refusalOf(change(admin, 'admin.grantRole', admin.userId, 'sender'))).code).toBe(
      'STANDING_OWN',
    );
  });

  test('needs its conditions, and is not given twice or taken where it is not', async () => {
    expect((await refusalOf(change(admin, 'admin.grantRole', person.userId, 'runner'))).code).toBe(
      'ROLE_CONDITION_UNMET',
    );
    await takeRole(core, person.call(), { role: 'sender' });
    expect((await refusalOf(change(admin, 'admin.grantRole', person.userId, 'sender'))).code).toBe(
      'STANDING_UNCHANGED',
    );
    expect((await refusalOf(change(admin, 'admin.revokeRole', person.userId, 'vendor'))).code).toBe(
      'STANDING_UNCHANGED',
    );
    expect(await rolesOf(person)).toEqual(['sender']);
  });

  test('granted ten times at once by two is granted once', async () => {
    const grants = await Promise.all(
      Array.from({ length: 10 }, (_, index) =>
        signedRoleChange(core, index % 2 === 0 ? admin : chief, 'admin.grantRole', {
          userId: person.userId,
          role: 'moderator',
        }),
      ),
    );
    const codes = await codesOf(grants.map((grant) => grant()));
    expect(codes.filter((code) => code === null)).toHaveLength(1);
    expect(codes.filter((code) => code === 'STANDING_UNCHANGED')).toHaveLength(9);
    expect(await eventsOf(person.userId, 'user.role_granted')).toHaveLength(1);
  });

  test('under a used key is the same answer for the same change, and refused for another', async () => {
    const call = admin.call('a-key-of-the-admin');
    const asked = { userId: person.userId, role: 'moderator', reason: 'A demo reason' } as const;
    const approval = await signAction(core, admin, call, { action: 'admin.grantRole', ...asked });
    await grantRole(core, call, { ...asked, approval });
    for (const other of [{ role: 'vendor' as const }, { reason: 'Another' }, { userId: chief.userId }]) {
      const refusal = await refusalOf(grantRole(core, call, { ...asked, ...other, approval }));
      expect(refusal.code).toBe('IDEMPOTENCY_KEY_REUSED');
    }
  });
});

describe('a person', () => {
  test('is refused everything from the very next call on, and let in again', async () => {
    await getMe(core, person.call(), {});
    await changeAccount(admin, 'admin.suspendUser', person.userId);
    expect((await refusalOf(getMe(core, person.call(), {}))).code).toBe('USER_SUSPENDED');
    expect((await refusalOf(takeRole(core, person.call(), { role: 'sender' }))).code).toBe('USER_SUSPENDED');
    expect((await refusalOf(changeAccount(admin, 'admin.suspendUser', person.userId))).code).toBe(
      'STANDING_UNCHANGED',
    );
    await changeAccount(admin, 'admin.reinstateUser', person.userId);
    await getMe(core, person.call(), {});
    expect((await refusalOf(changeAccount(admin, 'admin.reinstateUser', person.userId))).code).toBe(
      'STANDING_UNCHANGED',
    );
    expect(await eventsOf(person.userId, 'user.suspended')).toHaveLength(1);
    expect(await eventsOf(person.userId, 'user.reinstated')).toHaveLength(1);
    const { changes } = await getUser(core, admin.call(), { userId: person.userId });
    expect(changes.map((kept) => [kept.change, kept.byUserId])).toEqual([
      ['reinstated', admin.userId],
      ['suspended', admin.userId],
    ]);
  });

  test('who is an admin is suspended by a super admin alone, and nobody suspends himself', async () => {
    await change(chief, 'admin.grantRole', person.userId, 'admin');
    expect((await refusalOf(changeAccount(admin, 'admin.suspendUser', person.userId))).code).toBe(
      'ROLE_MISSING',
    );
    expect((await refusalOf(changeAccount(admin, 'admin.suspendUser', chief.userId))).code).toBe(
      'ROLE_MISSING',
    );
    expect((await refusalOf(changeAccount(chief, 'admin.suspendUser', chief.userId))).code).toBe(
      'STANDING_OWN',
    );
    await changeAccount(chief, 'admin.suspendUser', person.userId);
  });

  test('with less than the permission is not even asked to sign', async () => {
    const moderator = await makeOperator(core, nextHandle(), ['moderator', 'sender']);
    for (const by of [moderator, person]) {
      const refusal = await refusalOf(changeAccount(by, 'admin.suspendUser', admin.userId));
      expect(refusal).toMatchObject({ code: 'ROLE_MISSING', details: { role: 'admin' } });
    }
    const asked = { userId: person.userId, reason: 'A demo reason' };
    const begun = beginApproval(core, anonymousCall, {
      action: 'admin.suspendUser',
      idempotencyKey: 'a-key-of-nobody',
      ...asked,
    });
    expect((await refusalOf(begun)).code).toBe('SESSION_MISSING');
    const call = admin.call();
    const approval = await signAction(core, admin, call, { action: 'admin.suspendUser', ...asked });
    const stolen = suspendUser(core, person.call(call.idempotencyKey ?? ''), { ...asked, approval });
    expect((await refusalOf(stolen)).code).toBe('ROLE_MISSING');
    await suspendUser(core, call, { ...asked, approval });
  });

  test('who does not exist is told to be nobody', async () => {
    expect((await refusalOf(changeAccount(admin, 'admin.suspendUser', nobody))).code).toBe(
      'OBJECT_NOT_FOUND',
    );
    expect((await refusalOf(getUser(core, admin.call(), { userId: nobody }))).code).toBe('OBJECT_NOT_FOUND');
    expect(await findUser(core, admin.call(), { handle: 'demo_nobody' })).toBeNull();
  });

  test('leaves an entry of the audit log with each look at him and each refused change', async () => {
    const { userId } = person;
    const entries = async () =>
      (
        await sql<{ name: string; outcome: string }>`select name, outcome from audit_entries
          where ${`user ${userId}`} = any (subjects) and actor_reference = ${admin.userId} order by id`.execute(
          core.db,
        )
      ).rows.map(({ name, outcome }) => [name, outcome]);
    await getUser(core, admin.call(), { userId });
    const { rows } = await sql<{ handle: string }>`select handle from users where id = ${userId}`.execute(
      core.db,
    );
    await findUser(core, admin.call(), { handle: rows[0]?.handle ?? '' });
    await refusalOf(change(admin, 'admin.grantRole', userId, 'admin'));
    await changeAccount(admin, 'admin.suspendUser', userId);
    expect(await entries()).toEqual([
      ['admin.getUser', 'done'],
      ['admin.findUser', 'done'],
      ['admin.grantRole', 'ROLE_MISSING'],
      ['admin.suspendUser', 'done'],
    ]);
  });

  test('is shown to operators alone, with less of his phone than all', async () => {
    const moderator = await makeOperator(core, nextHandle(), ['moderator']);
    const shown = await getUser(core, moderator.call(), { userId: admin.userId });
    expect(shown.user).toMatchObject({ handle: 'demo_admin', phone: null, suspendedAt: null });
    for (const call of [person.call(), anonymousCall]) {
      const code = call === anonymousCall ? 'SESSION_MISSING' : 'ROLE_MISSING';
      expect((await refusalOf(getUser(core, call, { userId: admin.userId }))).code).toBe(code);
      expect((await refusalOf(findUser(core, call, { handle: 'demo_admin' }))).code).toBe(code);
    }
  });
});

describe('of super admins one always stays', () => {
  /** Makes a ring of super admins, of whom each has signed that the next one goes, and lets all do so at once. */
  async function race(
    size: number,
    sign: (by: SigningPerson, userId: string) => Promise<() => Promise<unknown>>,
  ): Promise<{ codes: (string | null)[]; left: string[] }> {
    const ring = await Promise.all(
      Array.from({ length: size }, () => makeOperator(core, nextHandle(), ['super_admin'])),
    );
    const acts = await Promise.all(
      ring.map((by, index) => sign(by, ring[(index + 1) % size]?.userId ?? nobody)),
    );
    const codes = await codesOf(acts.map((act) => act()));
    const left = await core.db
      .selectFrom('user_roles')
      .innerJoin('users', 'users.id', 'user_id')
      .where('role', '=', 'super_admin')
      .where('suspended_at', 'is', null)
      .where(
        'user_id',
        'in',
        ring.map(({ userId }) => userId),
      )
      .select('user_id')
      .execute();
    return { codes, left: left.map((row) => row.user_id) };
  }
  const revoke = (by: SigningPerson, userId: string) =>
    signedRoleChange(core, by, 'admin.revokeRole', { userId, role: 'super_admin' });
  const suspend = (by: SigningPerson, userId: string) =>
    signedAccountChange(core, by, 'admin.suspendUser', userId);

  test.each([
    ['revoke', revoke],
    ['suspend', suspend],
  ])('where two %s one another at once', async (_name, sign) => {
    for (let round = 0; round < 3; round += 1) {
      const { codes, left } = await race(2, sign);
      expect(codes.filter((code) => code === null)).toHaveLength(1);
      expect(left).toHaveLength(1);
    }
  });

  test.each([
    ['revoke', revoke],
    ['suspend', suspend],
  ])('where ten in a ring %s the next one at once', async (_name, sign) => {
    const { codes, left } = await race(10, sign);
    const done = codes.filter((code) => code === null).length;
    expect(left).toHaveLength(10 - done);
    expect(left.length).toBeGreaterThanOrEqual(1);
    expect(done).toBeGreaterThanOrEqual(1);
    const refused = codes.filter((code) => code !== null);
    expect(refused.every((code) => code === 'ROLE_MISSING' || code === 'USER_SUSPENDED')).toBe(true);
  });
});
