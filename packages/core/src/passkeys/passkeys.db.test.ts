import { createTestDatabase, type TestDatabase } from '@errand-dash/db/testing';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { Call } from '../claim.ts';
import { checkAllInvariants } from '../invariants.ts';
import { refusalOf } from '../testing/refusal-of.ts';
import { createTestCore, type TestCore } from '../testing/test-core.ts';
import { beginAddPasskey } from './begin-add-passkey.query.ts';
import { listPasskeys } from './list-passkeys.query.ts';
import { renamePasskey } from './rename-passkey.command.ts';
import { type PasskeyScene, passkeyScene } from './testing/passkey-scene.ts';

let database: TestDatabase;
let core: TestCore;
let scene: PasskeyScene;

beforeAll(async () => {
  database = await createTestDatabase();
  core = createTestCore(database.db);
  scene = passkeyScene(core);
});
afterAll(() => database.drop());
afterEach(async () => {
  expect(await checkAllInvariants(database.db)).toEqual([]);
});

const notFound = { isRefusal: true, code: 'OBJECT_NOT_FOUND', details: {} };

describe('whose a passkey is', () => {
  test('a stranger’s passkey is answered like one that never was', async () => {
    const [person, stranger] = [await scene.makePerson(), await scene.makePerson()];
    const [theirs = ''] = await scene.idsOf(stranger);
    for (const passkeyId of [theirs, '018f3c5a-0000-7000-8000-000000000001']) {
      expect(await refusalOf(renamePasskey(core, person.call(), { passkeyId, name: 'Mine' }))).toEqual(
        notFound,
      );
      expect(await refusalOf(scene.remove(person, passkeyId))).toEqual(notFound);
    }
    expect(await listPasskeys(core, stranger.call(), {})).toMatchObject([{ name: 'Passkey' }]);
  });

  test('a passkey is renamed, once for a key', async () => {
    const person = await scene.makePerson();
    const [passkeyId = ''] = await scene.idsOf(person);
    const call = person.call('rename-key');
    const renamed = await renamePasskey(core, call, { passkeyId, name: 'Demo phone' });
    expect(renamed).toMatchObject({ passkeyId, name: 'Demo phone', isCurrent: true });
    await renamePasskey(core, person.call(), { passkeyId, name: 'Demo laptop' });
    expect(await renamePasskey(core, call, { passkeyId, name: 'Demo phone' })).toEqual(renamed);
    const other = renamePasskey(core, call, { passkeyId, name: 'Other' });
    expect(await refusalOf(other)).toMatchObject({ code: 'IDEMPOTENCY_KEY_REUSED' });
    expect(await listPasskeys(core, person.call(), {})).toMatchObject([{ name: 'Demo laptop' }]);
  });

  test('without a session nothing of it is reached', async () => {
    const nobody: Call = { caller: { kind: 'anonymous' }, idempotencyKey: null, requestId: 'test' };
    for (const attempt of [
      () => listPasskeys(core, nobody, {}),
      () => beginAddPasskey(core, nobody, {}),
      () => renamePasskey(core, nobody, { passkeyId: '018f3c5a-0000-7000-8000-000000000001', name: 'x' }),
    ]) {
      expect(await refusalOf(attempt())).toMatchObject({ code: 'SESSION_MISSING' });
    }
  });
});
