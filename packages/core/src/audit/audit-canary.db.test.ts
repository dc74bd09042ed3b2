import { sql } from 'kysely';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { finishSignIn, refreshSession, signOut } from '../auth/index.ts';
import { deviceId, makeAuthenticator, register, signIn } from '../auth/testing/passkey-person.ts';
import type { Call } from '../claim.ts';
import { addFirstPasskey, beginAddPasskey } from '../passkeys/index.ts';
import {
  addAccount,
  nextAccountNumber,
  type PayoutPerson,
  withdrawNow,
} from '../payments/testing/payout-person.ts';
import { type PayoutWorld, startPayoutWorld } from '../payments/testing/payout-world.ts';
import { proveRecovery, undoRecovery } from '../recovery/index.ts';
import {
  begin,
  finish,
  makeCodes,
  makeRecoverablePerson,
  readContactCodes,
  recover,
} from '../recovery/testing/recovering-person.ts';
import { codesOf } from '../testing/refusal-of.ts';
import { sentCode } from '../testing/sent-code.ts';
import { makeTestUser } from '../testing/test-core.ts';
import { confirmVerification, startVerification, takeRole } from '../users/index.ts';
import { removeTotpByCode } from '../ways-in/index.ts';
import {
  codeOf,
  demoPassword,
  makePasswordPerson,
  setDemoPassword,
  tryCode,
  tryPassword,
  turnPasswordsOn,
  wrongCode,
} from '../ways-in/testing/ways-in-person.ts';

let world: PayoutWorld;
beforeAll(async () => {
  world = await startPayoutWorld();
});
afterAll(() => world.close());

const networkAddress = '203.0.113.77';
const nobody: Call = {
  caller: { kind: 'anonymous' },
  idempotencyKey: null,
  requestId: 'demo-request',
  networkAddress,
};

/** Everything that the log holds, as text. */
async function wholeLog(): Promise<string> {
  const { rows } = await sql<{ text: string }>`select e::text as text from audit_entries e`.execute(
    world.database.db,
  );
  return rows.map(({ text }) => text).join('\n');
}

/** What may have been told of a person and of the ways in. Each is a text that stands nowhere else. */
async function liveADay(): Promise<string[]> {
  const { core } = world;
  const authenticator = makeAuthenticator(core);
  const { tokens } = await register(core, authenticator, 'canary_handle');
  const again = await signIn(core, authenticator, { handle: 'canary_handle' });
  await codesOf([
    signIn(core, authenticator, {
      alter: (response) => ({
        ...response,
        response: { ...response.response, signature: 'Y2FuYXJ5LXNpZ25hdHVyZQ' },
      }),
    }),
    finishSignIn(core, nobody, {
      ceremony: crypto.randomUUID(),
      response: {
        id: 'Y2FuYXJ5LWNyZWRlbnRpYWw',
        rawId: 'Y2FuYXJ5LWNyZWRlbnRpYWw',
        type: 'public-key',
        response: { clientDataJSON: 'e30', authenticatorData: 'AA', signature: 'AA' },
      },
      deviceId: 'canary-device-0123456789',
      userAgent: 'canary browser',
      networkAddress: '',
    }),
  ]);
  const fresh = await refreshSession(core, nobody, {
    refreshToken: again.tokens.refreshToken,
    deviceId,
    networkAddress: '',
  });
  const person = await world.makePerson();
  const codes = await verifyPhone(person, '+2348031277777');
  const accountNumber = nextAccountNumber();
  await addAccount(core, person, { bankCode: '058', accountNumber });
  await withdrawNow(core, person, 1_000_00n);
  await world.sweepAll();
  const typed = await signInByPassword();
  const recovered = await recoverAccounts();
  const keyed = { ...person.call('canary-key-0123456789'), networkAddress };
  await takeRole(core, keyed, { role: 'sender' });
  await signOut(core, keyed, {});
  const secrets = [tokens, again.tokens, fresh].flatMap((one) => [one.accessToken, one.refreshToken]);
  return [
    ...secrets,
    ...codes,
    ...typed,
    ...recovered,
    accountNumber,
    'canary',
    'Y2FuYXJ5',
    deviceId,
    networkAddress,
    '8031277777',
    'Demo',
  ];
}

/** What was typed, right and wrong: names, passwords, codes and the secret of the app. */
async function signInByPassword(): Promise<string[]> {
  const { core, database } = world;
  turnPasswordsOn(core);
  const person = await makePasswordPerson(core, database, 'canary_typist');
  const wrongPassword = 'a canary pass phrase';
  await codesOf([
    tryPassword(core, { name: 'canary_typist', password: wrongPassword }),
    tryPassword(core, { name: 'canary_nobody', password: wrongPassword }),
  ]);
  const { secondFactorId } = await tryPassword(core, { name: 'canary_typist' });
  const wrong = await wrongCode(database, person.secret);
  const right = await codeOf(database, person.secret);
  await codesOf([
    tryCode(core, secondFactorId, wrong),
    removeTotpByCode(core, person.call(), { code: wrong }),
  ]);
  const { tokens } = await tryCode(core, secondFactorId, right);
  const digits = [right, wrong].flatMap((code) => [`"${code}"`, `: ${code}`]);
  const secret = Buffer.from(person.secret).toString('base64');
  return [...digits, secret, demoPassword, 'pass phrase', tokens.accessToken, tokens.refreshToken];
}

/** What brought people in without a passkey, by recovery codes and by those of phone and email, right and wrong. */
async function recoverAccounts(): Promise<string[]> {
  const { core } = world;
  const person = await makeRecoverablePerson(core);
  const { handle, phone, email } = person;
  const { codes } = await makeCodes(core, person);
  const wrong = 'CANA-RYCA-NARY-CANA';
  await codesOf([recover(core, handle, wrong)]);
  await setDemoPassword(core, person);
  for (const code of [wrong, codes[0] ?? '']) {
    const { secondFactorId } = await tryPassword(core, { name: handle });
    await codesOf([tryCode(core, secondFactorId, code, { kind: 'recovery_code' })]);
  }
  const recoveryId = await begin(core, handle);
  const sent = await readContactCodes(core, recoveryId, person);
  await codesOf([proveRecovery(core, nobody, { recoveryId, ...sent, phoneCode: '000000' })]);
  await finish(core, recoveryId, await proveRecovery(core, nobody, { recoveryId, ...sent }));
  const back = await recover(core, handle, codes[1] ?? '');
  const { tokens } = await signIn(core, person.authenticator, { handle });
  const caller = { kind: 'user', userId: person.userId, sessionId: tokens.sessionId } as const;
  await undoRecovery(core, { ...person.call(), caller }, {});
  const keyless = await makeTestUser(core, 'canary_keyless');
  const { ceremony, options } = await beginAddPasskey(core, keyless.call(), {});
  const response = await makeAuthenticator(core).create(options);
  await addFirstPasskey(core, keyless.call(), { ceremony, response, name: 'canary passkey' });
  const typed = [wrong, ...codes].flatMap((code) => [code, code.replaceAll('-', '')]);
  const digits = Object.values(sent).flatMap((code) => [`"${code}"`, `: ${code}`]);
  const secrets = [back.tokens, tokens].flatMap((one) => [one.accessToken, one.refreshToken]);
  return [
    ...typed,
    ...digits,
    ...secrets,
    response.id,
    response.response.attestationObject,
    handle,
    phone,
    email,
  ];
}

/** The codes that were sent, in quotes or as a number where they would stand in JSON. */
async function verifyPhone(person: PayoutPerson, phone: string): Promise<string[]> {
  const { core } = world;
  const { verificationId } = await startVerification(core, person.call(), {
    channel: 'phone',
    contact: phone,
  });
  const code = await sentCode(core, phone);
  const wrong = String((Number(code) + 1) % 1_000_000).padStart(6, '0');
  await codesOf([
    confirmVerification(core, person.call(), { channel: 'phone', verificationId, code: wrong }),
  ]);
  await confirmVerification(core, person.call(), { channel: 'phone', verificationId, code });
  return [code, wrong].flatMap((digits) => [`"${digits}"`, `: ${digits}`]);
}

test('the log of a whole day holds no code, token, key, phone, account number, name, address or device', async () => {
  const canaries = await liveADay();
  const log = await wholeLog();
  // All of it was told of, or there would be nothing to find.
  for (const name of [
    'auth.finishSignIn',
    'users.confirmVerification',
    'wallet.withdraw',
    'auth.signOut',
    'users.takeRole',
    'auth.finishSecondFactor',
    'auth.removeTotpByCode',
    'recovery.prove',
    'recovery.undone',
    'user.recovery_code_spent',
    'auth.addFirstPasskey',
    'the password is wrong',
    'nobody is called so',
  ]) {
    expect(log).toContain(name);
  }
  for (const outcome of ['SIGN_IN_REFUSED', 'PASSWORD_SIGN_IN_REFUSED', 'CODE_WRONG'])
    expect(log).toContain(outcome);
  const found = canaries.filter(
    (canary) => canary === '' || log.includes(canary) || log.includes(Buffer.from(canary).toString('hex')),
  );
  expect(found).toEqual([]);
});
