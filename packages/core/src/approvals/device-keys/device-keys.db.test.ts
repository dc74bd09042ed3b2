import type { DeviceKeyApproval } from '@errand-dash/contract';
import { createTestDatabase, type TestDatabase } from '@errand-dash/db/testing';
import { sql } from 'kysely';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { getUser, grantRole } from '../../admin/index.ts';
import { makeOperator } from '../../admin/testing/operator-person.ts';
import type { Call } from '../../claim.ts';
import { checkAllInvariants } from '../../invariants.ts';
import { defaultPolicy } from '../../policy.ts';
import { beginApproval, verifyApproval } from '../../signed-actions.ts';
import { codesOf, refusalOf } from '../../testing/refusal-of.ts';
import { makeSigningPerson, type SigningPerson, signAction } from '../../testing/signing-person.ts';
import { createTestCore, moveClock, type TestCore } from '../../testing/test-core.ts';
import { enrollDeviceKey, listDeviceKeys, revokeDeviceKey } from '../index.ts';
import { type Device, enrollDevice, makeDevice, signByDevice } from '../testing/device.ts';
import { deviceKeyMessage } from './device-signature.ts';

let database: TestDatabase;
let core: TestCore;
let admin: SigningPerson;
let console1: Device & { deviceKeyId: string };
let people = 0;

beforeAll(async () => {
  database = await createTestDatabase();
  core = createTestCore(database.db, { policy: { auth: { ...defaultPolicy.auth, deviceKeysMax: 3 } } });
});
beforeEach(async () => {
  people += 1;
  admin = await makeOperator(core, `demo_admin_${people}`, ['admin']);
  const device = makeDevice();
  console1 = { ...device, deviceKeyId: await enrollDevice(core, admin, device) };
});
afterEach(async () => {
  expect(await checkAllInvariants(database.db)).toEqual([]);
});
afterAll(() => database.drop());

const reason = 'A demo reason';
const makePerson = () => {
  people += 1;
  return makeSigningPerson(core, `demo_person_${people}`);
};
const grantTo = (userId: string) => ({ userId, role: 'moderator', reason }) as const;

/** A grant that a device has signed, its signature perhaps changed after that. */
async function grantByDevice(
  device = console1,
  change: (approval: DeviceKeyApproval) => DeviceKeyApproval = (approval) => approval,
): Promise<{ call: Call; input: ReturnType<typeof grantTo> & { approval: DeviceKeyApproval } }> {
  const call = admin.call();
  const asked = grantTo((await makePerson()).userId);
  const approval = await signByDevice(core, call, { action: 'admin.grantRole', ...asked }, device);
  return { call, input: { ...asked, approval: change(approval) } };
}
async function revoke(person: SigningPerson, deviceKeyId: string): Promise<unknown> {
  const call = person.call();
  const asked = { deviceKeyId };
  const approval = await signAction(core, person, call, { action: 'approvals.revokeDeviceKey', ...asked });
  return revokeDeviceKey(core, call, { ...asked, approval });
}
const stateOf = async (approvalId: string) =>
  (await sql<{ state: string }>`select state from approvals where id = ${approvalId}`.execute(database.db))
    .rows[0]?.state;
const rolesOf = async (userId: string) => (await getUser(core, admin.call(), { userId })).user.roles;

describe('a device key', () => {
  test('is enrolled by a passkey’s signature, listed, told, and proved', async () => {
    const device = makeDevice();
    const call = admin.call();
    const asked = { name: 'Demo console', publicKey: device.publicKey };
    const approval = await signAction(core, admin, call, { action: 'approvals.enrollDeviceKey', ...asked });
    const enrolled = await enrollDeviceKey(core, call, { ...asked, approval });
    expect(await enrollDeviceKey(core, call, { ...asked, approval })).toEqual(enrolled);
    expect((await listDeviceKeys(core, admin.call(), {})).map(({ id }) => id)).toEqual([
      console1.deviceKeyId,
      enrolled.id,
    ]);
    expect(enrolled).toMatchObject({ ...asked, lastUsedAt: null, revokedAt: null, userId: admin.userId });
    const told = await core.db
      .selectFrom('events')
      .where('subject_id', '=', enrolled.id)
      .select('name')
      .execute();
    expect(told).toEqual([{ name: 'device_key.enrolled' }]);
    expect(await verifyApproval(core, approval.approvalId)).toMatchObject({
      isProven: true,
      document: { payee: `ed25519:${device.publicKey}` },
      signer: { means: 'passkey' },
    });
    const other = { ...asked, publicKey: makeDevice().publicKey, approval };
    expect((await refusalOf(enrollDeviceKey(core, call, other))).code).toBe('IDEMPOTENCY_KEY_REUSED');
  });

  test('is not enrolled in the place of the one that was signed for', async () => {
    const call = admin.call();
    const asked = { name: 'Demo console', publicKey: makeDevice().publicKey };
    const approval = await signAction(core, admin, call, { action: 'approvals.enrollDeviceKey', ...asked });
    const swapped = { ...asked, publicKey: makeDevice().publicKey, approval };
    expect((await refusalOf(enrollDeviceKey(core, call, swapped))).code).toBe('SIGNATURE_REFUSED');
    expect(await listDeviceKeys(core, admin.call(), {})).toHaveLength(1);
  });

  test('of small order is refused before anybody signs', async () => {
    const publicKey = Buffer.concat([Buffer.of(1), Buffer.alloc(31)]).toString('base64url');
    const asked = { name: 'Demo console', publicKey };
    const signed = signAction(core, admin, admin.call(), { action: 'approvals.enrollDeviceKey', ...asked });
    expect((await refusalOf(signed)).code).toBe('DEVICE_KEY_INVALID');
  });

  test('is enrolled once by one person, also after it was revoked, and by another all the same', async () => {
    expect((await refusalOf(enrollDevice(core, admin, console1))).code).toBe('DEVICE_KEY_USED');
    await revoke(admin, console1.deviceKeyId);
    expect((await refusalOf(enrollDevice(core, admin, console1))).code).toBe('DEVICE_KEY_USED');
    await enrollDevice(core, await makePerson(), console1);
  });

  test('is one of at most as many as the policy says, also where ten come at once', async () => {
    // Each by a passkey of its own, or they would wait for one another at the counter of the first.
    const signers = await Promise.all(Array.from({ length: 10 }, makePerson));
    for (const { userId } of signers) {
      await sql`update passkeys set user_id = ${admin.userId} where user_id = ${userId}`.execute(
        database.owner,
      );
    }
    const calls = Array.from({ length: 10 }, () => admin.call());
    const inputs = await Promise.all(
      calls.map(async (call, index) => {
        const asked = { name: 'Demo console', publicKey: makeDevice().publicKey };
        const approval = await signAction(
          core,
          signers[index] ?? admin,
          call,
          { action: 'approvals.enrollDeviceKey', ...asked },
          { userHandle: null },
        );
        return { call, input: { ...asked, approval } };
      }),
    );
    const codes = await codesOf(inputs.map(({ call, input }) => enrollDeviceKey(core, call, input)));
    expect(codes.filter((code) => code === null)).toHaveLength(2);
    expect(codes.filter((code) => code === 'DEVICE_KEY_LIMIT_REACHED')).toHaveLength(8);
    await revoke(admin, console1.deviceKeyId);
    await enrollDevice(core, admin, makeDevice());
  });

  test('is not enrolled, and nothing of others is changed, by an account that was recovered a moment ago', async () => {
    const { call, input } = await grantByDevice();
    await sql`update users set money_out_from = now() + interval '20 days' where id = ${admin.userId}`.execute(
      database.owner,
    );
    expect((await refusalOf(enrollDevice(core, admin, makeDevice()))).code).toBe('ACCOUNT_COOLING');
    expect((await refusalOf(grantRole(core, call, input))).code).toBe('ACCOUNT_COOLING');
    expect(await listDeviceKeys(core, admin.call(), {})).toHaveLength(1);
    expect(await rolesOf(input.userId)).toEqual([]);
  });

  test('of somebody else’s or nobody’s is not there to revoke, and one is revoked once', async () => {
    const other = await makePerson();
    for (const id of [console1.deviceKeyId, '00000000-0000-7000-8000-000000000000']) {
      expect((await refusalOf(revoke(other, id))).code).toBe('OBJECT_NOT_FOUND');
    }
    await revoke(admin, console1.deviceKeyId);
    expect((await refusalOf(revoke(admin, console1.deviceKeyId))).code).toBe('DEVICE_KEY_REVOKED');
    expect(await listDeviceKeys(core, other.call(), {})).toEqual([]);
  });

  test.each([
    'update device_keys set public_key = decode(repeat(md5(name), 2), $$hex$$)',
    'delete from device_keys',
  ])('is not changed by the application: %s', async (statement) => {
    await expect(sql.raw(statement).execute(database.db)).rejects.toThrow(/permission denied/);
  });
});

describe('what a device key signed', () => {
  test('goes through once, names the key, and is proved after the key was revoked', async () => {
    const { call, input } = await grantByDevice();
    const granted = await grantRole(core, call, input);
    expect(granted.roles.map(({ role }) => role)).toEqual(['moderator']);
    expect(await grantRole(core, call, input)).toEqual(granted);
    const [key] = await listDeviceKeys(core, admin.call(), {});
    expect(key?.lastUsedAt).toBeInstanceOf(Date);
    const proof = () => verifyApproval(core, input.approval.approvalId);
    const signer = { means: 'device_key', userId: admin.userId, deviceKeyId: console1.deviceKeyId };
    expect(await proof()).toMatchObject({ isProven: true, signer: { ...signer, revokedAt: null } });
    await moveClock(database.owner, 60);
    await revoke(admin, console1.deviceKeyId);
    expect(await proof()).toMatchObject({
      isProven: true,
      signer: { ...signer, revokedAt: expect.any(Date) },
    });
  });

  test('is refused under another key, and the attempt is spent', async () => {
    const { call, input } = await grantByDevice();
    expect((await refusalOf(grantRole(core, admin.call(), input))).code).toBe('SIGNATURE_REFUSED');
    expect(await stateOf(input.approval.approvalId)).toBe('refused');
    expect((await refusalOf(grantRole(core, call, input))).code).toBe('SIGNATURE_REFUSED');
  });

  test('is refused a second time', async () => {
    const { call, input } = await grantByDevice();
    await grantRole(core, call, input);
    const again = { ...input, userId: (await makePerson()).userId };
    expect((await refusalOf(grantRole(core, admin.call(), again))).code).toBe('SIGNATURE_REFUSED');
    expect(await stateOf(input.approval.approvalId)).toBe('accepted');
  });

  test('is taken once of twenty at once, under twenty keys', async () => {
    const { call, input } = await grantByDevice();
    const calls = [call, ...Array.from({ length: 19 }, () => admin.call())];
    const codes = await codesOf(calls.map((each) => grantRole(core, each, input)));
    expect(codes.filter((code) => code === null).length).toBeLessThanOrEqual(1);
    expect(codes.every((code) => code === null || code === 'SIGNATURE_REFUSED')).toBe(true);
    expect(await rolesOf(input.userId)).toHaveLength(codes[0] === null ? 1 : 0);
  });

  test.each([0, 31, 32, 63])('with a bit of its byte %i turned over is refused', async (at) => {
    const { call, input } = await grantByDevice(console1, (approval) => {
      const bytes = Buffer.from(approval.signature, 'base64url');
      bytes.writeUInt8(bytes.readUInt8(at) ^ 1, at);
      return { ...approval, signature: bytes.toString('base64url') };
    });
    expect((await refusalOf(grantRole(core, call, input))).code).toBe('SIGNATURE_REFUSED');
    expect(await rolesOf(input.userId)).toEqual([]);
  });

  test('by another device, or under another’s name, is refused', async () => {
    const second = makeDevice();
    const secondId = await enrollDevice(core, admin, second);
    const mixed = await grantByDevice({ ...second, deviceKeyId: console1.deviceKeyId });
    expect((await refusalOf(grantRole(core, mixed.call, mixed.input))).code).toBe('SIGNATURE_REFUSED');
    const swapped = await grantByDevice(console1, (approval) => ({ ...approval, deviceKeyId: secondId }));
    expect((await refusalOf(grantRole(core, swapped.call, swapped.input))).code).toBe('SIGNATURE_REFUSED');
  });

  test('by the device of another admin is refused', async () => {
    people += 1;
    const other = await makeOperator(core, `demo_admin_${people}`, ['admin']);
    const device = makeDevice();
    const deviceKeyId = await enrollDevice(core, other, device);
    const { call, input } = await grantByDevice({ ...device, deviceKeyId });
    expect((await refusalOf(grantRole(core, call, input))).code).toBe('SIGNATURE_REFUSED');
  });

  test('by a key that was enrolled after the question is refused', async () => {
    const call = admin.call();
    const asked = grantTo((await makePerson()).userId);
    const begun = await beginApproval(core, call, {
      action: 'admin.grantRole',
      idempotencyKey: call.idempotencyKey ?? '',
      ...asked,
    });
    expect(begun.deviceKeyIds).toEqual([console1.deviceKeyId]);
    const late = makeDevice();
    const deviceKeyId = await enrollDevice(core, admin, late);
    const signature = late.sign(deviceKeyMessage(Buffer.from(begun.options.challenge, 'base64url')));
    const approval = { approvalId: begun.approvalId, deviceKeyId, signature };
    expect((await refusalOf(grantRole(core, call, { ...asked, approval }))).code).toBe('SIGNATURE_REFUSED');
  });

  test('and not used before the key was revoked is refused', async () => {
    const { call, input } = await grantByDevice();
    await revoke(admin, console1.deviceKeyId);
    expect((await refusalOf(grantRole(core, call, input))).code).toBe('SIGNATURE_REFUSED');
    const begun = await beginApproval(core, admin.call(), {
      action: 'admin.grantRole',
      idempotencyKey: 'a-key-of-later',
      ...grantTo(input.userId),
    });
    expect(begun.deviceKeyIds).toEqual([]);
  });

  test('where use and revocation come at once is either taken before it or refused after it', async () => {
    const { call, input } = await grantByDevice();
    const [code] = await codesOf([grantRole(core, call, input), revoke(admin, console1.deviceKeyId)]);
    expect([null, 'SIGNATURE_REFUSED']).toContain(code);
    const proof = await verifyApproval(core, input.approval.approvalId);
    expect(proof.isProven).toBe(code === null);
  });

  test('over the bare challenge is refused', async () => {
    const call = admin.call();
    const asked = grantTo((await makePerson()).userId);
    const begun = await beginApproval(core, call, {
      action: 'admin.grantRole',
      idempotencyKey: call.idempotencyKey ?? '',
      ...asked,
    });
    const signature = console1.sign(Buffer.from(begun.options.challenge, 'base64url'));
    const approval = { approvalId: begun.approvalId, deviceKeyId: console1.deviceKeyId, signature };
    expect((await refusalOf(grantRole(core, call, { ...asked, approval }))).code).toBe('SIGNATURE_REFUSED');
  });

  test('after two minutes is refused', async () => {
    const { call, input } = await grantByDevice();
    await moveClock(database.owner, 121);
    expect((await refusalOf(grantRole(core, call, input))).code).toBe('SIGNATURE_REFUSED');
  });

  test('of what only a person himself may sign is refused, and no device is asked', async () => {
    const call = admin.call();
    const device = makeDevice();
    const asked = { name: 'Demo console', publicKey: device.publicKey };
    const action = { action: 'approvals.enrollDeviceKey', ...asked } as const;
    const begun = await beginApproval(core, call, { ...action, idempotencyKey: 'a-key-of-devices' });
    expect(begun.deviceKeyIds).toEqual([]);
    const approval = await signByDevice(core, call, action, console1);
    expect((await refusalOf(enrollDeviceKey(core, call, { ...asked, approval }))).code).toBe(
      'SIGNATURE_REFUSED',
    );
  });
});

describe('the proof of what a device key signed', () => {
  async function tamper(statement: ReturnType<typeof sql>): Promise<void> {
    const { owner } = database;
    for (const [table, trigger] of guards) {
      await sql`alter table ${sql.ref(table)} disable trigger ${sql.ref(trigger)}`.execute(owner);
    }
    await statement.execute(owner);
    for (const [table, trigger] of guards) {
      await sql`alter table ${sql.ref(table)} enable trigger ${sql.ref(trigger)}`.execute(owner);
    }
  }
  const guards = [
    ['approvals', 'approvals_are_tried_once'],
    ['device_keys', 'device_keys_end_once'],
    ['standing_changes', 'standing_changes_stay'],
  ] as const;

  test.each([
    [
      'the signature',
      (id: string) =>
        sql`update approvals set signature = set_byte(signature, 5, get_byte(signature, 5) # 1) where id = ${id}`,
      'the signature does not verify',
    ],
    [
      'the key that is kept',
      (id: string) =>
        sql`update approvals set public_key = set_byte(public_key, 5, get_byte(public_key, 5) # 1) where id = ${id}`,
      'the signature does not verify',
    ],
    [
      'the key that was enrolled',
      (_id: string, key: string) =>
        sql`update device_keys set public_key = set_byte(public_key, 5, get_byte(public_key, 5) # 1) where id = ${key}`,
      'the device key is not the person’s',
    ],
    [
      'when it was enrolled',
      (_id: string, key: string) =>
        sql`update device_keys set created_at = created_at + interval '1 hour' where id = ${key}`,
      'the device key was not enrolled at that time',
    ],
    [
      'the role',
      (id: string) => sql`update standing_changes set role = 'vendor' where approval_id = ${id}`,
      'the change is not what was signed',
    ],
    [
      'the reason',
      (id: string) => sql`update standing_changes set reason = 'Another' where approval_id = ${id}`,
      'the change is not what was signed',
    ],
  ])('fails when %s was altered in the database', async (_name, change, expected) => {
    const { call, input } = await grantByDevice();
    await grantRole(core, call, input);
    const { approvalId } = input.approval;
    expect(await verifyApproval(core, approvalId)).toMatchObject({ isProven: true });
    await tamper(change(approvalId, console1.deviceKeyId));
    expect(await verifyApproval(core, approvalId)).toEqual({ isProven: false, reason: expected });
  });
});
