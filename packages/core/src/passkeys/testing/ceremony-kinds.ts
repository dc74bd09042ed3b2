import type { ErrorCode } from '@errand-dash/contract';
import type { AssertionJson, AttestationJson, Deviations } from '@errand-dash/software-authenticator';
import { beginRegistration, beginSignIn, finishRegistration, finishSignIn } from '../../auth/index.ts';
import { anonymousCall, makeAuthenticator, place } from '../../auth/testing/passkey-person.ts';
import type { Core } from '../../core.ts';
import { type SigningPerson, signAction } from '../../testing/signing-person.ts';
import { makeTestUser, type TestUser } from '../../testing/test-core.ts';
import { addFirstPasskey } from '../add-first-passkey.command.ts';
import { addPasskey } from '../add-passkey.command.ts';
import { beginAddPasskey } from '../begin-add-passkey.query.ts';
import { listPasskeys } from '../list-passkeys.query.ts';

export type Answer = AttestationJson | AssertionJson;

/** A ceremony that has begun, in one form for all kinds of them. */
export interface Started {
  ceremony: string;
  challenge: string;
  /** What the person's authenticator says, right but for these deviations. */
  answer: (deviations?: Deviations) => Promise<Answer>;
  /** Does what is to be done before an answer is handed in. What it gives hands it in, to this ceremony or another. */
  prepare: (answer: Answer, ceremony?: string) => Promise<() => Promise<unknown>>;
}

export interface CeremonyKind {
  name:
    | 'registration'
    | 'sign-in by name'
    | 'sign-in without a name'
    | 'adding a passkey'
    | 'the first passkey';
  /** The one answer to whatever is wrong. */
  code: ErrorCode;
  /** By which bytes of it an answer is vouched for. */
  parts: readonly ('attestationObject' | 'clientDataJSON' | 'authenticatorData' | 'signature')[];
  begin: (core: Core, person: SigningPerson) => Promise<Started>;
}

let handles = 0;

const registration: CeremonyKind = {
  name: 'registration',
  code: 'REGISTRATION_REFUSED',
  parts: ['attestationObject', 'clientDataJSON'],
  async begin(core) {
    handles += 1;
    const asked = { handle: `newcomer_${handles}`, displayName: 'Demo' };
    const { ceremony: own, options } = await beginRegistration(core, anonymousCall, asked);
    return {
      ceremony: own,
      challenge: options.challenge,
      answer: (deviations) => makeAuthenticator(core).create(options, deviations),
      prepare: async (answer, ceremony = own) => {
        const response = attestation(answer);
        return () => finishRegistration(core, anonymousCall, { ceremony, response, ...place });
      },
    };
  },
};

const addingPasskey: CeremonyKind = {
  name: 'adding a passkey',
  code: 'REGISTRATION_REFUSED',
  parts: ['attestationObject', 'clientDataJSON'],
  async begin(core, person) {
    const { ceremony: own, options } = await beginAddPasskey(core, person.call(), {});
    return {
      ceremony: own,
      challenge: options.challenge,
      answer: (deviations) => makeAuthenticator(core).create(options, deviations),
      // Whatever the new authenticator says, the person has signed for exactly that.
      prepare: async (answer, ceremony = own) => {
        const call = person.call();
        const input = { ceremony, response: attestation(answer), name: 'Demo key' };
        const approval = await signAction(core, person, call, { action: 'auth.addPasskey', ...input });
        return () => addPasskey(core, call, { ...input, approval });
      },
    };
  },
};

let keyless: TestUser | null = null;

/** Somebody who never had a passkey, the same one for as long as he gets none. */
async function findKeyless(core: Core): Promise<TestUser> {
  const has = keyless !== null && (await listPasskeys(core, keyless.call(), {})).length > 0;
  if (keyless !== null && !has) return keyless;
  handles += 1;
  keyless = await makeTestUser(core, `keyless_${handles}`);
  return keyless;
}

const firstPasskey: CeremonyKind = {
  name: 'the first passkey',
  code: 'REGISTRATION_REFUSED',
  parts: ['attestationObject', 'clientDataJSON'],
  async begin(core) {
    const person = await findKeyless(core);
    const { ceremony: own, options } = await beginAddPasskey(core, person.call(), {});
    return {
      ceremony: own,
      challenge: options.challenge,
      answer: (deviations) => makeAuthenticator(core).create(options, deviations),
      prepare: async (answer, ceremony = own) => {
        const input = { ceremony, response: attestation(answer), name: 'Demo key' };
        return () => addFirstPasskey(core, person.call(), input);
      },
    };
  },
};

function signIn(name: CeremonyKind['name'], handleOf: (person: SigningPerson) => object): CeremonyKind {
  return {
    name,
    code: 'SIGN_IN_REFUSED',
    parts: ['authenticatorData', 'clientDataJSON', 'signature'],
    async begin(core, person) {
      const { ceremony: own, options } = await beginSignIn(core, anonymousCall, handleOf(person));
      return {
        ceremony: own,
        challenge: options.challenge,
        answer: (deviations) => person.authenticator.get(options, deviations),
        prepare: async (answer, ceremony = own) => {
          const response = assertion(answer);
          return () => finishSignIn(core, anonymousCall, { ceremony, response, ...place });
        },
      };
    },
  };
}

const handleOf = ({ authenticator }: SigningPerson) => ({
  handle: authenticator.export()[0]?.userName ?? '',
});

/** Every way to bring an authenticator's answer in. */
export const ceremonyKinds: readonly CeremonyKind[] = [
  registration,
  signIn('sign-in by name', handleOf),
  signIn('sign-in without a name', () => ({})),
  addingPasskey,
  firstPasskey,
];

// An answer of the other kind is handed in as it is: the server must look for itself.
const attestation = (answer: Answer) => ({ ...answer }) as AttestationJson;
const assertion = (answer: Answer) => ({ ...answer }) as AssertionJson;
