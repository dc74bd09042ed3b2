import type { Approval } from '@errand-dash/contract';
import type { TestDatabase } from '@errand-dash/db/testing';
import { Secret } from 'otpauth';
import type { SignedIn } from '../../auth/index.ts';
import { anonymousCall, deviceId } from '../../auth/testing/passkey-person.ts';
import type { Core } from '../../core.ts';
import { makeSigningPerson, type SigningPerson, signAction } from '../../testing/signing-person.ts';
import { moveClock, type TestCore } from '../../testing/test-core.ts';
import { createPasswordHasher } from '../passwords/password-hasher.ts';
import { setPassword } from '../passwords/set-password.command.ts';
import { type SignInWithPassword, signInWithPassword } from '../passwords/sign-in-with-password.command.ts';
import type { SecondFactorChallenge } from '../second-factors/begin-second-factor.ts';
import { beginTotp } from '../second-factors/begin-totp.command.ts';
import { confirmTotp } from '../second-factors/confirm-totp.command.ts';
import {
  type FinishSecondFactor,
  finishSecondFactor,
} from '../second-factors/finish-second-factor.command.ts';
import { totpCodeAt } from '../second-factors/totp-code.ts';

export { anonymousCall, deviceId };
export const demoPassword = 'a demo pass phrase';
export const device = { deviceId, userAgent: 'test', networkAddress: '198.51.100.7' };

/** Lets people of this core sign in by password. */
export function turnPasswordsOn(core: TestCore, breachedFile: string | null = null): void {
  core.waysIn = { ...core.waysIn, passwords: { hasher: createPasswordHasher(), breachedFile } };
}

/** A person with a passkey and an authenticator app. */
export interface TotpPerson extends SigningPerson {
  handle: string;
  secret: Uint8Array;
}

/** The secret that an authenticator app reads. */
export const readSecret = (base32: string): Uint8Array => Secret.fromBase32(base32).bytes;

/** The time of commands, as the database has it. */
export async function commandTime(database: TestDatabase): Promise<Date> {
  const { offset_milliseconds } = await database.db
    .selectFrom('clock_offset')
    .select('offset_milliseconds')
    .executeTakeFirstOrThrow();
  return new Date(Date.now() + Number(offset_milliseconds));
}

/** The code that the app shows now, or so many steps of 30 seconds from now. */
export async function codeOf(database: TestDatabase, secret: Uint8Array, steps = 0): Promise<string> {
  const now = await commandTime(database);
  return totpCodeAt(secret, new Date(now.getTime() + steps * 30_000));
}

/** A code that is none of those around now. */
export async function wrongCode(database: TestDatabase, secret: Uint8Array): Promise<string> {
  const near = await Promise.all([-2, -1, 0, 1, 2].map((steps) => codeOf(database, secret, steps)));
  const codes = Array.from({ length: 6 }, (_, index) => `00000${index}`);
  return codes.find((code) => !near.includes(code)) ?? '';
}

export async function makeTotpPerson(
  core: TestCore,
  database: TestDatabase,
  handle: string,
): Promise<TotpPerson> {
  const person = await makeSigningPerson(core, handle);
  const { secret: base32 } = await beginTotp(core, person.call(), {});
  const secret = readSecret(base32);
  await confirmTotp(core, person.call(), { code: await codeOf(database, secret) });
  // Past the step of the code that confirmed it, which is spent.
  await moveClock(database.owner, 60);
  return { ...person, handle, secret };
}

export async function setDemoPassword(core: Core, person: SigningPerson, newPassword = demoPassword) {
  const call = person.call();
  const approval: Approval = await signAction(core, person, call, {
    action: 'auth.setPassword',
    newPassword,
  });
  return setPassword(core, call, { newPassword, approval });
}

/** A person who may sign in by password. */
export async function makePasswordPerson(
  core: TestCore,
  database: TestDatabase,
  handle: string,
): Promise<TotpPerson> {
  const person = await makeTotpPerson(core, database, handle);
  await setDemoPassword(core, person);
  return person;
}

export const tryPassword = (
  core: Core,
  given: Partial<SignInWithPassword> & { name: string },
): Promise<SecondFactorChallenge> =>
  signInWithPassword(core, anonymousCall, { password: demoPassword, ...device, ...given });

export const tryCode = (
  core: Core,
  secondFactorId: string,
  code: string,
  given: Partial<FinishSecondFactor> = {},
): Promise<SignedIn> =>
  finishSecondFactor(core, anonymousCall, { secondFactorId, kind: 'totp', code, ...device, ...given });
