import { createTestDatabase, type TestDatabase } from '@errand-dash/db/testing';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { anonymousCall } from '../../auth/testing/passkey-person.ts';
import type { Call } from '../../claim.ts';
import { checkAllInvariants } from '../../invariants.ts';
import { codesOf, refusalOf } from '../../testing/refusal-of.ts';
import { createTestCore, makeTestUser, type TestCore } from '../../testing/test-core.ts';
import { getUser, grantOnServer, listOperators } from '../index.ts';

let database: TestDatabase;
let core: TestCore;

const onServer: Call = {
  caller: { kind: 'server', task: 'admin grant' },
  idempotencyKey: null,
  requestId: 'test',
};
const grant = (handle: string, isForced = false) => grantOnServer(core, onServer, { handle, isForced });

beforeAll(async () => {
  database = await createTestDatabase();
  core = createTestCore(database.db);
});
afterAll(() => database.drop());

test('of ten who would each be the first super admin at once one is, and is told', async () => {
  const people = await Promise.all(
    Array.from({ length: 10 }, (_, index) => makeTestUser(core, `ada_${index}`)),
  );
  const codes = await codesOf(people.map((_, index) => grant(`ada_${index}`)));
  expect(codes.filter((code) => code === null)).toHaveLength(1);
  expect(codes.filter((code) => code === 'SUPER_ADMIN_PRESENT')).toHaveLength(9);
  const first = people[codes.indexOf(null)];
  if (first === undefined) throw new Error('nobody was first');
  const { user, changes } = await getUser(core, first.call(), { userId: first.userId });
  expect(user.roles).toMatchObject([{ role: 'super_admin', grantedBy: null }]);
  expect(changes).toMatchObject([
    { change: 'granted', role: 'super_admin', byKind: 'server', byUserId: null, approvalId: null },
  ]);
  const events = await core.db
    .selectFrom('events')
    .where('subject_id', '=', first.userId)
    .select(['name', 'audience', 'actor_kind as actorKind'])
    .execute();
  expect(events).toEqual([{ name: 'user.role_granted', audience: [first.userId], actorKind: 'server' }]);
  expect(await checkAllInvariants(database.db)).toEqual([]);
});

test('another one needs force, and nobody gets the role twice', async () => {
  await makeTestUser(core, 'bola');
  expect((await refusalOf(grant('bola'))).code).toBe('SUPER_ADMIN_PRESENT');
  await grant('bola', true);
  expect((await refusalOf(grant('bola', true))).code).toBe('STANDING_UNCHANGED');
  const operators = await listOperators(core, onServer, {});
  expect(operators).toHaveLength(2);
  expect(operators).toContainEqual({
    handle: 'bola',
    displayName: 'Demo bola',
    role: 'super_admin',
    grantedAt: expect.any(Date),
    grantedBy: null,
    suspendedAt: null,
  });
});

test('a runner, and a handle that nobody has, are refused', async () => {
  await makeTestUser(core, 'chidi', ['runner']);
  expect(await refusalOf(grant('chidi', true))).toMatchObject({
    code: 'ROLE_CONFLICT',
    details: { conflicts: ['runner'] },
  });
  expect((await refusalOf(grant('nobody_here', true))).code).toBe('OBJECT_NOT_FOUND');
});

test('no person calls it, whatever he is, and no clock', async () => {
  const chief = await makeTestUser(core, 'dayo', ['super_admin']);
  const clock: Call = { ...onServer, caller: { kind: 'clock', edge: 'errand.expire' } };
  for (const call of [chief.call(), anonymousCall, clock]) {
    const input = { handle: 'chidi', isForced: true };
    expect((await refusalOf(grantOnServer(core, call, input))).code).toBe('ROLE_MISSING');
    expect((await refusalOf(listOperators(core, call, {}))).code).toBe('ROLE_MISSING');
  }
});

test('where nobody is super admin any more, that is found', async () => {
  await database.owner.deleteFrom('user_roles').where('role', '=', 'super_admin').execute();
  expect((await checkAllInvariants(database.db)).map(({ invariant }) => invariant)).toEqual([
    'super_admin_stays',
  ]);
});
