import type { AddPasskey } from '@errand-dash/contract';
import { createTestDatabase, type TestDatabase } from '@errand-dash/db/testing';
import type { Algorithm } from '@errand-dash/software-authenticator';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { makeAuthenticator, signIn } from '../auth/testing/passkey-person.ts';
import type { Call } from '../claim.ts';
import { checkAllInvariants } from '../invariants.ts';
import { beginApproval, verifyApproval } from '../signed-actions.ts';
import { refusalOf } from '../testing/refusal-of.ts';
import { type SigningPerson, signAction } from '../testing/signing-person.ts';
import { createTestCore, type TestCore } from '../testing/test-core.ts';
import { addPasskey } from './add-passkey.command.ts';
import { beginAddPasskey } from './begin-add-passkey.query.ts';
import { listPasskeys } from './list-passkeys.query.ts';
import { handleOf, type PasskeyScene, passkeyScene } from './testing/passkey-scene.ts';

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

describe('a further passkey', () => {
  test.each<Algorithm>(['ES256', 'EdDSA', 'RS256'])(
    'with %s signs in, signs off, and is told of',
    async (algorithm) => {
      const person = await scene.makePerson();
      const second = makeAuthenticator(core, { algorithms: [algorithm] });
      const { passkeyId } = await scene.add(person, second);
      const { user, tokens } = await signIn(core, second, { handle: handleOf(person) });
      expect(user.userId).toBe(person.userId);
      await signIn(core, second);
      const call: Call = {
        caller: { kind: 'user', userId: person.userId, sessionId: tokens.sessionId },
        idempotencyKey: null,
        requestId: 'test',
      };
      expect(await listPasskeys(core, call, {})).toEqual([
        expect.objectContaining({ name: 'Passkey', isCurrent: false }),
        {
          passkeyId,
          name: 'Demo key',
          createdAt: expect.any(Date),
          lastUsedAt: expect.any(Date),
          isBackedUp: true,
          transports: ['internal', 'hybrid'],
          isCurrent: true,
        },
      ]);
      expect(await scene.eventsOf(passkeyId)).toEqual([
        { name: 'passkey.added', audience: [person.userId], data: { approvalId: expect.any(String) } },
      ]);
      const { passkeyId: third } = await scene.add({ ...person, authenticator: second });
      expect(await scene.idsOf(person)).toContain(third);
    },
  );

  test('is asked of authenticators that hold none of the account’s, live ones alone', async () => {
    const person = await scene.makePerson();
    const removed = await scene.add(person);
    const kept = await scene.add(person);
    await scene.remove(person, removed.passkeyId);
    const { options } = await beginAddPasskey(core, person.call(), {});
    const credentials = [person, kept].map(({ authenticator }) => authenticator.export()[0]?.credentialId);
    expect(options.excludeCredentials.map(({ id }) => id).sort()).toEqual(credentials.sort());
    expect(options.user).toMatchObject({ name: handleOf(person) });
    await expect(kept.authenticator.create(options)).rejects.toMatchObject({ name: 'InvalidStateError' });
    await removed.authenticator.create(options);
  });

  test('is proven by the signature for ever, also once what signed is removed', async () => {
    const person = await scene.makePerson();
    const { passkeyId, authenticator } = await scene.add(person);
    const [{ data } = { data: {} }] = await scene.eventsOf(passkeyId);
    const { approvalId } = data as { approvalId: string };
    const [first = ''] = await scene.idsOf(person);
    await scene.remove(person, first);
    const proof = await verifyApproval(core, approvalId);
    const { credentialId } = authenticator.export()[0] ?? {};
    expect(proof).toMatchObject({
      isProven: true,
      document: { action: 'auth.addPasskey', payee: expect.stringContaining(`passkey:${credentialId}:`) },
    });
  });

  test('under one key is added once, and under the same key no other', async () => {
    const person = await scene.makePerson();
    const call = person.call('add-once-key');
    const one = await scene.makeCredential(person);
    const added = await addPasskey(core, call, await scene.signed(person, call, one.input));
    expect(await addPasskey(core, call, await scene.signed(person, call, one.input))).toEqual(added);
    const other = await scene.makeCredential(person);
    const again = addPasskey(core, call, await scene.signed(person, call, other.input));
    expect(await refusalOf(again)).toMatchObject({ code: 'IDEMPOTENCY_KEY_REUSED' });
    expect(await scene.idsOf(person)).toHaveLength(2);
  });

  test.each<[string, (person: SigningPerson, call: Call) => Promise<AddPasskey>]>([
    [
      'signed for by itself',
      async (person, call) => {
        const { authenticator, input } = await scene.makeCredential(person);
        const begun = await beginApproval(core, call, {
          action: 'auth.addPasskey',
          idempotencyKey: call.idempotencyKey ?? '',
          ...input,
        });
        const useCredentialId = authenticator.export()[0]?.credentialId ?? '';
        const response = await authenticator.get(begun.options, { useCredentialId });
        return { ...input, approval: { approvalId: begun.approvalId, response } };
      },
    ],
    [
      'in the place of the one that was signed for',
      async (person, call) => {
        const [own, other] = [await scene.makeCredential(person), await scene.makeCredential(person)];
        const { approval } = await scene.signed(person, call, own.input);
        return { ...other.input, approval };
      },
    ],
    [
      'with the id that was signed for and another key',
      async (person, call) => {
        const { input, options } = await scene.makeCredential(person);
        const { approval } = await scene.signed(person, call, input);
        const response = await makeAuthenticator(core).create(options, { credentialId: input.response.id });
        return { ...input, response, approval };
      },
    ],
    [
      'signed for under another key',
      async (person, call) => {
        const { input } = await scene.makeCredential(person);
        return {
          ...input,
          approval: (await scene.signed(person, person.call(`${call.idempotencyKey}-2`), input)).approval,
        };
      },
    ],
    [
      'signed for as if one were removed',
      async (person, call) => {
        const { input } = await scene.makeCredential(person);
        const [passkeyId = ''] = await scene.idsOf(person);
        return {
          ...input,
          approval: await signAction(core, person, call, { action: 'auth.removePasskey', passkeyId }),
        };
      },
    ],
  ])('%s is refused', async (_, attack) => {
    const person = await scene.makePerson();
    const call = person.call();
    const attempt = await attack(person, call);
    expect(await refusalOf(addPasskey(core, call, attempt))).toMatchObject({ code: 'SIGNATURE_REFUSED' });
    expect(await scene.idsOf(person)).toHaveLength(1);
    const [approval] = await core.db
      .selectFrom('approvals')
      .where('id', '=', attempt.approval.approvalId)
      .select('state')
      .execute();
    expect(approval?.state).toBe('refused');
  });

  test('with a byte altered after it was signed for is refused, whatever byte it is', async () => {
    const person = await scene.makePerson();
    const { input } = await scene.makeCredential(person);
    const bytes = Buffer.from(input.response.response.attestationObject, 'base64url');
    for (let index = 0; index < bytes.length; index += 1) {
      const call = person.call();
      const { approval } = await scene.signed(person, call, input);
      const altered = Buffer.from(bytes);
      altered.writeUInt8(altered.readUInt8(index) ^ 1, index);
      const attestationObject = altered.toString('base64url');
      const response = { ...input.response, response: { ...input.response.response, attestationObject } };
      const attempt = addPasskey(core, call, { ...input, response, approval });
      expect([index, (await refusalOf(attempt)).code]).toEqual([index, 'SIGNATURE_REFUSED']);
    }
    expect(await scene.idsOf(person)).toHaveLength(1);
  }, 60_000);

  test('made for another session or another person is refused, and their ceremony stays good', async () => {
    const [person, stranger] = [await scene.makePerson(), await scene.makePerson()];
    const { tokens } = await signIn(core, person.authenticator);
    const elsewhere: SigningPerson = {
      ...person,
      sessionId: tokens.sessionId,
      call: (key) => ({
        ...person.call(key),
        caller: { kind: 'user', userId: person.userId, sessionId: tokens.sessionId },
      }),
    };
    const { input } = await scene.makeCredential(person);
    for (const other of [elsewhere, stranger]) {
      const call = other.call();
      const attempt = addPasskey(core, call, await scene.signed(other, call, input));
      expect(await refusalOf(attempt)).toMatchObject({ code: 'REGISTRATION_REFUSED' });
    }
    const call = person.call();
    await addPasskey(core, call, await scene.signed(person, call, input));
  });

  test('is refused beyond as many as one person may have, at the beginning and at the end', async () => {
    const person = await scene.makePerson();
    const full: TestCore = {
      ...core,
      policy: { ...core.policy, auth: { ...core.policy.auth, passkeysMax: 2 } },
    };
    const { input } = await scene.makeCredential(person);
    await scene.add(person);
    const refused = { code: 'PASSKEY_LIMIT_REACHED', details: { max: 2 } };
    expect(await refusalOf(beginAddPasskey(full, person.call(), {}))).toMatchObject(refused);
    const call = person.call();
    const late = addPasskey(full, call, await scene.signed(person, call, input));
    expect(await refusalOf(late)).toMatchObject(refused);
  });
});
