import { Refused } from '@errand-dash/core';
import { createTestCore, makeTestUser } from '@errand-dash/core/testing';
import { createTestDatabase, type TestDatabase } from '@errand-dash/db/testing';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { answerAdmin } from './answer-admin.ts';

let database: TestDatabase;

beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database.drop());

test('the first super admin is made on the server, a second one only by force, and both are listed', async () => {
  const core = createTestCore(database.db);
  expect(await answerAdmin(core, { kind: 'list', isJson: false })).toBe('Nobody works for the platform yet.');
  for (const handle of ['demo_ada', 'demo_bola']) await makeTestUser(core, handle);
  expect(await answerAdmin(core, { kind: 'grant', handle: 'demo_ada', isForced: false })).toBe(
    'demo_ada is a super admin now, and has been told.',
  );
  const second = { kind: 'grant', handle: 'demo_bola' } as const;
  await expect(answerAdmin(core, { ...second, isForced: false })).rejects.toThrow(Refused);
  await answerAdmin(core, { ...second, isForced: true });
  const listed = await answerAdmin(core, { kind: 'list', isJson: false });
  expect(listed.split('\n')).toEqual([
    expect.stringMatching(/^super_admin {2}demo_ada \(Demo demo_ada\), since \d{4}-.* on the server$/),
    expect.stringMatching(/^super_admin {2}demo_bola /),
  ]);
  const rows: unknown = JSON.parse(await answerAdmin(core, { kind: 'list', isJson: true }));
  expect(rows).toMatchObject([{ handle: 'demo_ada' }, { handle: 'demo_bola' }]);
});
