import { createTestDatabase, type TestDatabase } from '@errand-dash/db/testing';
import { sql } from 'kysely';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { passkeyScene } from '../../passkeys/testing/passkey-scene.ts';
import { verifyApproval } from '../../signed-actions.ts';
import { makeSigningPerson, type SigningPerson } from '../../testing/signing-person.ts';
import { createTestCore, moveClock, type TestCore } from '../../testing/test-core.ts';
import { enrollDevice, makeDevice } from '../testing/device.ts';

let database: TestDatabase;
let core: TestCore;
let ada: SigningPerson;
let approvalId: string;
let people = 0;

beforeAll(async () => {
  database = await createTestDatabase();
  core = createTestCore(database.db);
});
beforeEach(async () => {
  people += 1;
  ada = await makeSigningPerson(core, `demo_ada_${people}`);
  const deviceKeyId = await enrollDevice(core, ada, makeDevice());
  const { rows } = await sql<{ approval_id: string }>`
    select approval_id from device_keys where id = ${deviceKeyId}`.execute(core.db);
  approvalId = rows[0]?.approval_id ?? '';
  expect(await verifyApproval(core, approvalId)).toMatchObject({ isProven: true });
});
afterAll(() => database.drop());

const notHis = { isProven: false, reason: 'the passkey is not the person’s' };

test('a passkey whose public key on record is another one proves nothing', async () => {
  await sql`update passkeys set public_key = set_byte(public_key, 20, get_byte(public_key, 20) # 1)
    where user_id = ${ada.userId}`.execute(database.owner);
  expect(await verifyApproval(core, approvalId)).toEqual(notHis);
});

test('a passkey that is on somebody else’s record proves nothing', async () => {
  const bola = await makeSigningPerson(core, `demo_bola_${people}`);
  await sql`update passkeys set user_id = ${bola.userId} where user_id = ${ada.userId}`.execute(
    database.owner,
  );
  expect(await verifyApproval(core, approvalId)).toEqual(notHis);
});

test('a passkey on nobody’s record proves nothing', async () => {
  await sql`update passkeys set credential_id = set_byte(credential_id, 0, get_byte(credential_id, 0) # 1)
    where user_id = ${ada.userId}`.execute(database.owner);
  expect(await verifyApproval(core, approvalId)).toEqual(notHis);
});

test('a passkey that was removed later proves what it signed before', async () => {
  const scene = passkeyScene(core);
  const second = await scene.add(ada);
  const [first = ''] = await scene.idsOf(ada);
  await moveClock(database.owner, 60);
  await scene.remove(ada, first, second);
  const proof = await verifyApproval(core, approvalId);
  expect(proof).toMatchObject({ isProven: true, signer: { removedAt: expect.any(Date) } });
});

test('a passkey that was on record only later, or no longer, proves nothing', async () => {
  const reason = 'the passkey was not the person’s at that time';
  await sql`update passkeys set created_at = created_at + interval '1 day'
    where user_id = ${ada.userId}`.execute(database.owner);
  expect(await verifyApproval(core, approvalId)).toEqual({ isProven: false, reason });
  await sql`update passkeys set created_at = created_at - interval '1 day',
    removed_at = created_at - interval '1 day' where user_id = ${ada.userId}`.execute(database.owner);
  expect(await verifyApproval(core, approvalId)).toEqual({ isProven: false, reason });
});
