import { createTestDatabase, type TestDatabase } from '@errand-dash/db/testing';
import { createSoftwareAuthenticator } from '@errand-dash/software-authenticator';
import { sql } from 'kysely';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { beginSignIn, finishSignIn, listSessions } from '../auth/index.ts';
import { anonymousCall, makeAuthenticator, place, register, signIn } from '../auth/testing/passkey-person.ts';
import type { Call } from '../claim.ts';
import { after } from '../clock.ts';
import { checkAllInvariants } from '../invariants.ts';
import { beginApproval } from '../signed-actions.ts';
import { codesOf, refusalOf } from '../testing/refusal-of.ts';
import { type SigningPerson, signAction } from '../testing/signing-person.ts';
import { createTestCore, type TestCore } from '../testing/test-core.ts';
import { addPasskey } from './add-passkey.command.ts';
import { beginAddPasskey } from './begin-add-passkey.query.ts';
import { listPasskeys } from './list-passkeys.query.ts';
import { removePasskey } from './remove-passkey.command.ts';
import { renamePasskey } from './rename-passkey.command.ts';
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

const notFound = { isRefusal: true, code: 'OBJECT_NOT_FOUND', details: {} };

describe('a removed passkey', () => {
  test('signs nothing in and nothing off, its sessions have ended, and the person is told', async () => {
    const person = await scene.makePerson();
    const { passkeyId, authenticator } = await scene.add(person);
    const { tokens } = await signIn(core, authenticator);
    await signIn(core, authenticator);
    const begun = await beginApproval(core, person.call(), {
      action: 'auth.removePasskey',
      idempotencyKey: 'signed-too-late',
      passkeyId,
    });
    const late = await authenticator.get(begun.options);
    expect(await scene.remove(person, passkeyId)).toEqual({
      passkeyId,
      removedAt: expect.any(Date),
      sessionsEnded: 2,
    });
    expect(await scene.idsOf(person)).not.toContain(passkeyId);
    const useCredentialId = authenticator.export()[0]?.credentialId ?? '';
    for (const given of [{}, { handle: handleOf(person) }]) {
      const attempt = signIn(core, authenticator, { ...given, deviations: { useCredentialId } });
      expect(await refusalOf(attempt)).toMatchObject({ code: 'SIGN_IN_REFUSED' });
    }
    const approval = { approvalId: begun.approvalId, response: late };
    const signedLate = removePasskey(core, person.call('signed-too-late'), { passkeyId, approval });
    expect(await refusalOf(signedLate)).toMatchObject({ code: 'SIGNATURE_REFUSED' });
    const ofRemoved: Call = {
      ...person.call(),
      caller: { kind: 'user', userId: person.userId, sessionId: tokens.sessionId },
    };
    expect(await refusalOf(listPasskeys(core, ofRemoved, {}))).toMatchObject({ code: 'SESSION_ENDED' });
    expect(await listSessions(core, person.call(), {})).toHaveLength(1);
    expect((await scene.eventsOf(passkeyId)).at(-1)).toEqual({
      name: 'passkey.removed',
      audience: [person.userId],
      data: { approvalId: expect.any(String), sessionsEnded: 2 },
    });
  });

  test('keeps its credential id from everybody, its own person too', async () => {
    const person = await scene.makePerson();
    const { passkeyId, authenticator } = await scene.add(person);
    await scene.remove(person, passkeyId);
    const credentialId = authenticator.export()[0]?.credentialId ?? '';
    const { ceremony, options } = await beginAddPasskey(core, person.call(), {});
    const response = await makeAuthenticator(core).create(options, { credentialId });
    const call = person.call();
    const again = addPasskey(
      core,
      call,
      await scene.signed(person, call, { ceremony, response, name: 'Again' }),
    );
    expect(await refusalOf(again)).toMatchObject({ code: 'REGISTRATION_REFUSED' });
    const other = register(core, makeAuthenticator(core), `${handleOf(person)}_b`, {
      deviations: { credentialId },
    });
    expect(await refusalOf(other)).toMatchObject({ code: 'REGISTRATION_REFUSED' });
  });

  test('is brought back by nobody', async () => {
    const person = await scene.makePerson();
    const { passkeyId } = await scene.add(person);
    await scene.remove(person, passkeyId);
    const back = core.db.updateTable('passkeys').set({ removed_at: null }).where('id', '=', passkeyId);
    await expect(back.execute()).rejects.toMatchObject({ code: '42501' });
    expect(await refusalOf(renamePasskey(core, person.call(), { passkeyId, name: 'Back' }))).toEqual(
      notFound,
    );
  });

  test('may sign its own removal, and under one key it is removed once', async () => {
    const person = await scene.makePerson();
    const { passkeyId, authenticator } = await scene.add(person);
    await scene.remove(person, passkeyId, { authenticator });
    const other = await scene.add(person);
    const call = person.call('remove-once-key');
    const given = { action: 'auth.removePasskey', passkeyId: other.passkeyId } as const;
    const removed = await removePasskey(core, call, {
      passkeyId: other.passkeyId,
      approval: await signAction(core, person, call, given),
    });
    // Who lost the answer signs anew.
    const approval = await signAction(core, person, call, given);
    expect(await removePasskey(core, call, { passkeyId: other.passkeyId, approval })).toEqual(removed);
    const under = removePasskey(core, call, { passkeyId, approval });
    expect(await refusalOf(under)).toMatchObject({ code: 'IDEMPOTENCY_KEY_REUSED' });
    expect(await refusalOf(scene.remove(person, other.passkeyId))).toEqual(notFound);
  });
});

describe('the last passkey', () => {
  const verify = (person: SigningPerson, what: { email?: boolean; phone?: boolean; since: Date }) =>
    sql`update users set
        email_sealed = ${what.email ? Buffer.from('demo') : null},
        email_index = ${what.email ? Buffer.from(`email ${person.userId}`) : null},
        email_verified_at = ${what.email ? what.since : null},
        phone_sealed = ${what.phone ? Buffer.from('demo') : null},
        phone_index = ${what.phone ? Buffer.from(`phone ${person.userId}`) : null},
        phone_verified_at = ${what.phone ? what.since : null}
      where id = ${person.userId}`.execute(core.db);

  const aDayAgo = () => after(new Date(), -core.policy.recovery.contactAgeSeconds);

  test.each([
    ['nothing verified', {}, aDayAgo],
    ['an email alone', { email: true }, aDayAgo],
    ['a phone alone', { phone: true }, aDayAgo],
    ['both verified a while less than a day ago', { email: true, phone: true }, () => after(aDayAgo(), 600)],
  ])('stays with %s', async (_name, what, since) => {
    const person = await scene.makePerson();
    await verify(person, { ...what, since: since() });
    const [passkeyId = ''] = await scene.idsOf(person);
    expect(await refusalOf(scene.remove(person, passkeyId))).toEqual({
      isRefusal: true,
      code: 'PASSKEY_LAST',
      details: {},
    });
    expect(await scene.idsOf(person)).toEqual([passkeyId]);
  });

  test('may go where the person can come back by email and phone', async () => {
    const person = await scene.makePerson();
    await verify(person, { email: true, phone: true, since: aDayAgo() });
    const [passkeyId = ''] = await scene.idsOf(person);
    expect(await scene.remove(person, passkeyId)).toMatchObject({ sessionsEnded: 1 });
    const attempt = signIn(core, person.authenticator, {
      deviations: { useCredentialId: person.authenticator.export()[0]?.credentialId ?? '' },
    });
    expect(await refusalOf(attempt)).toMatchObject({ code: 'SIGN_IN_REFUSED' });
  });

  test.each(['each signed by the other', 'each signed by itself', 'both signed by one'])(
    'stays, of two that are removed at once, %s',
    async (how) => {
      for (let round = 0; round < 3; round += 1) {
        const person = await scene.makePerson();
        const { passkeyId, authenticator } = await scene.add(person);
        const [first = ''] = await scene.idsOf(person);
        const other = { authenticator };
        const signers = {
          'each signed by the other': [other, person],
          'each signed by itself': [person, other],
        };
        const [ofFirst, ofSecond] = signers[how as keyof typeof signers] ?? [person, person];
        const removals = [
          await scene.prepareRemoval(person, first, ofFirst),
          await scene.prepareRemoval(person, passkeyId, ofSecond),
        ];
        const codes = await codesOf(removals.map((handIn) => handIn()));
        expect(codes.filter((code) => code === null)).toHaveLength(1);
        const left = await core.db
          .selectFrom('passkeys')
          .where('user_id', '=', person.userId)
          .where('removed_at', 'is', null)
          .select('id')
          .execute();
        expect(left).toHaveLength(1);
      }
    },
  );
});

test('a sign-in and the removal of its passkey at once leave no session behind', async () => {
  for (let round = 0; round < 5; round += 1) {
    const person = await scene.makePerson();
    const second = createSoftwareAuthenticator({ origin: core.auth.origins[0] ?? '', hasCounter: false });
    const { passkeyId } = await scene.add(person, second);
    const signIns: (() => Promise<unknown>)[] = [];
    for (let count = 0; count < 4; count += 1) {
      const { ceremony, options } = await beginSignIn(core, anonymousCall, {});
      const response = await second.get(options);
      signIns.push(() => finishSignIn(core, anonymousCall, { ceremony, response, ...place }));
    }
    const removal = await scene.prepareRemoval(person, passkeyId);
    const codes = await codesOf([...signIns, removal].map((handIn) => handIn()));
    expect(codes.at(-1)).toBe(null);
    expect(['SIGN_IN_REFUSED', null]).toEqual(expect.arrayContaining(codes));
    expect(await listSessions(core, person.call(), {})).toMatchObject([{ isCurrent: true }]);
  }
});
