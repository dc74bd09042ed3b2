import type { SoftwareAuthenticator } from '@errand-dash/software-authenticator';
import { sql } from 'kysely';
import type { SignedIn } from '../../auth/index.ts';
import { anonymousCall, deviceId, makeAuthenticator, place } from '../../auth/testing/passkey-person.ts';
import { sentCode } from '../../testing/sent-code.ts';
import { makeSigningPerson, type SigningPerson, signAction } from '../../testing/signing-person.ts';
import type { TestCore } from '../../testing/test-core.ts';
import { confirmVerification, startVerification } from '../../users/index.ts';
import {
  askForCodes,
  beginRecovery,
  createRecoveryCodes,
  finishRecovery,
  makeRecoveryCodes,
  type ProvenRecovery,
  proveRecovery,
  type RecoveryCodes,
} from '../index.ts';

/** A person with a passkey, and a phone and an email address that were verified a day ago. */
export interface RecoverablePerson extends SigningPerson {
  handle: string;
  phone: string;
  email: string;
}

/** From where people of these tests recover. */
export const { networkAddress } = place;
let people = 0;

export async function makeRecoverablePerson(core: TestCore): Promise<RecoverablePerson> {
  people += 1;
  const handle = `recoverable_${people}`;
  const person = await makeSigningPerson(core, handle);
  const phone = `+23480412${String(10_000 + people).padStart(5, '0')}`;
  const email = `${handle}@mail.example`;
  for (const [channel, contact] of [
    ['phone', phone],
    ['email', email],
  ] as const) {
    const { verificationId } = await startVerification(core, person.call(), { channel, contact });
    const code = await sentCode(core, contact);
    await confirmVerification(core, person.call(), { channel, verificationId, code });
  }
  await sql`update users set phone_verified_at = phone_verified_at - interval '1 day',
    email_verified_at = email_verified_at - interval '1 day' where id = ${person.userId}`.execute(core.db);
  return { ...person, handle, phone, email };
}

/** Signs for recovery codes and makes them. */
export async function makeCodes(core: TestCore, person: SigningPerson): Promise<RecoveryCodes> {
  const call = person.call();
  const approval = await signAction(core, person, call, { action: 'recovery.createCodes' });
  return createRecoveryCodes(core, call, { approval });
}

export const begin = async (core: TestCore, handle: string): Promise<string> =>
  (await beginRecovery(core, anonymousCall, { handle })).recoveryId;

/** Has codes sent in a recovery, and reads them. */
export async function readContactCodes(
  core: TestCore,
  recoveryId: string,
  { phone, email }: Pick<RecoverablePerson, 'phone' | 'email'>,
  from: string = networkAddress,
): Promise<{ phoneCode: string; emailCode: string }> {
  await askForCodes(core, anonymousCall, { recoveryId, networkAddress: from });
  await makeRecoveryCodes(core, 100);
  return { phoneCode: await sentCode(core, phone), emailCode: await sentCode(core, email) };
}

/** Answers what the new device was asked, with an authenticator of its own. */
export async function finish(
  core: TestCore,
  recoveryId: string,
  proven: ProvenRecovery,
  authenticator: SoftwareAuthenticator = makeAuthenticator(core),
): Promise<SignedIn> {
  const response = await authenticator.create(proven.options);
  return finishRecovery(core, anonymousCall, {
    recoveryId,
    response,
    deviceId,
    userAgent: 'test',
    networkAddress: '',
  });
}

/** Brings a person back by one of his recovery codes, from the beginning to the end. */
export async function recover(
  core: TestCore,
  handle: string,
  recoveryCode: string,
): Promise<SignedIn & { authenticator: SoftwareAuthenticator; recoveryId: string }> {
  const authenticator = makeAuthenticator(core);
  const recoveryId = await begin(core, handle);
  const proven = await proveRecovery(core, anonymousCall, { recoveryId, recoveryCode });
  return { ...(await finish(core, recoveryId, proven, authenticator)), authenticator, recoveryId };
}
