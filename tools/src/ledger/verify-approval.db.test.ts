import { type Core, enrollDeviceKey } from '@errand-dash/core';
import { createTestCore, makeSigningPerson, signAction } from '@errand-dash/core/testing';
import { createTestDatabase, type TestDatabase } from '@errand-dash/db/testing';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { UsageWrong } from './ledger-command.ts';
import { verifyApproval } from './verify-approval.ts';

let database: TestDatabase;
let core: Core;
const nobody = '00000000-0000-7000-8000-000000000000';

beforeAll(async () => {
  database = await createTestDatabase();
  core = createTestCore(database.db);
});
afterAll(() => database.drop());

test('an approval is proved in words and as JSON, by its public id or its bare one', async () => {
  const ada = await makeSigningPerson(core, 'demo_ada');
  const call = ada.call('a-key-to-be-proved');
  const asked = { name: 'Demo console', publicKey: Buffer.alloc(32, 7).toString('base64url') };
  const approval = await signAction(core, ada, call, { action: 'approvals.enrollDeviceKey', ...asked });
  const { approvalId } = approval;
  expect(await verifyApproval.prepare([approvalId])(core)).toEqual({
    text: 'NOT PROVEN: nothing was signed.',
    exitCode: 1,
  });
  await enrollDeviceKey(core, call, { ...asked, approval });
  const { text, exitCode } = await verifyApproval.prepare([`approval_${approvalId}`])(core);
  expect(exitCode).toBe(0);
  expect(text).toMatch(
    new RegExp(`^PROVEN: user_${ada.userId} signed approvals.enrollDeviceKey at .*, by the passkey `),
  );
  expect(text).toContain(`payee    ed25519:${asked.publicKey}`);
  expect(text).toContain('key      a-key-to-be-proved');
  const json = await verifyApproval.prepare([approvalId, '--json'])(core);
  expect(JSON.parse(json.text)).toMatchObject({
    isProven: true,
    document: { action: 'approvals.enrollDeviceKey' },
    signer: { means: 'passkey', userId: ada.userId },
  });
});

test('what is not there, and what is no id, is told', async () => {
  expect(await verifyApproval.prepare([nobody, '--json'])(core)).toEqual({
    text: JSON.stringify({ isProven: false, reason: 'there is no such approval' }, null, 2),
    exitCode: 1,
  });
  for (const args of [[], ['x'], [nobody, nobody], [`user_${nobody}`], [nobody, '--yaml']]) {
    expect(() => verifyApproval.prepare(args)).toThrow(UsageWrong);
  }
});
