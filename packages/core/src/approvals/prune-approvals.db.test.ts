import { createTestDatabase, type TestDatabase } from '@errand-dash/db/testing';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createRecoveryCodes } from '../recovery/index.ts';
import { beginApproval, verifyApproval } from '../signed-actions.ts';
import { refusalOf } from '../testing/refusal-of.ts';
import { makeSigningPerson, signAction } from '../testing/signing-person.ts';
import { createTestCore, moveClock, type TestCore } from '../testing/test-core.ts';
import { pruneApprovals } from './index.ts';

let database: TestDatabase;
let core: TestCore;

beforeAll(async () => {
  database = await createTestDatabase();
  core = createTestCore(database.db);
});
afterAll(() => database.drop());

const action = { action: 'recovery.createCodes' } as const;
const idsLeft = async () =>
  (await core.db.selectFrom('approvals').orderBy('id').select('id').execute()).map(({ id }) => id);

test('what nobody tried to sign goes a day after its time, so many at once; what was tried stays for ever', async () => {
  const [ada, bola] = [await makeSigningPerson(core, 'ada'), await makeSigningPerson(core, 'bola')];
  const signed = ada.call();
  const approval = await signAction(core, ada, signed, action);
  await createRecoveryCodes(core, signed, { approval });
  const forged = ada.call();
  const begun = await beginApproval(core, forged, {
    ...action,
    idempotencyKey: forged.idempotencyKey ?? '',
  });
  const response = await bola.authenticator.get({ ...begun.options, allowCredentials: [] });
  const refused = createRecoveryCodes(core, forged, {
    approval: { approvalId: begun.approvalId, response },
  });
  expect((await refusalOf(refused)).code).toBe('SIGNATURE_REFUSED');
  const tried = [approval.approvalId, begun.approvalId];
  const untried = ada.call();
  const late = await signAction(core, ada, untried, action);
  for (let count = 0; count < 4; count += 1) await signAction(core, ada, ada.call(), action);
  await moveClock(database.owner, 86_400);
  const live = ada.call();
  const open = await signAction(core, ada, live, action);
  expect(await pruneApprovals(core, 100)).toBe(0);
  await moveClock(database.owner, 119);
  expect(await pruneApprovals(core, 100)).toBe(0);
  await createRecoveryCodes(core, live, { approval: open });
  await moveClock(database.owner, 5);
  expect(await pruneApprovals(core, 3)).toBe(3);
  expect(await pruneApprovals(core, 3)).toBe(2);
  expect(await pruneApprovals(core, 3)).toBe(0);
  expect(await idsLeft()).toEqual([...tried, open.approvalId].sort());
  expect((await verifyApproval(core, approval.approvalId)).isProven).toBe(true);
  expect((await refusalOf(createRecoveryCodes(core, untried, { approval: late }))).code).toBe(
    'SIGNATURE_REFUSED',
  );
});
