import type { AddPasskey } from '@errand-dash/contract';
import type { SoftwareAuthenticator } from '@errand-dash/software-authenticator';
import { makeAuthenticator } from '../../auth/testing/passkey-person.ts';
import type { Call } from '../../claim.ts';
import { makeSigningPerson, type SigningPerson, signAction } from '../../testing/signing-person.ts';
import type { TestCore } from '../../testing/test-core.ts';
import { addPasskey } from '../add-passkey.command.ts';
import { beginAddPasskey } from '../begin-add-passkey.query.ts';
import { listPasskeys } from '../list-passkeys.query.ts';
import { type RemovedPasskey, removePasskey } from '../remove-passkey.command.ts';

export const handleOf = ({ authenticator }: Pick<SigningPerson, 'authenticator'>): string =>
  authenticator.export()[0]?.userName ?? '';

export type PasskeyScene = ReturnType<typeof passkeyScene>;

/** People of one test, and what they do with their passkeys. */
export function passkeyScene(core: TestCore) {
  let people = 0;

  function makePerson(): Promise<SigningPerson> {
    people += 1;
    return makeSigningPerson(core, `demo_${people}`);
  }

  /** A passkey made for this person on another authenticator, not yet signed for. */
  async function makeCredential(
    person: SigningPerson,
    authenticator: SoftwareAuthenticator = makeAuthenticator(core),
  ) {
    const { ceremony, options } = await beginAddPasskey(core, person.call(), {});
    const response = await authenticator.create(options);
    return { authenticator, options, input: { ceremony, response, name: 'Demo key' } };
  }

  /** What the person's first authenticator signs for a call to come. */
  async function signed(
    person: SigningPerson,
    call: Call,
    input: Omit<AddPasskey, 'approval'>,
  ): Promise<AddPasskey> {
    const approval = await signAction(core, person, call, { action: 'auth.addPasskey', ...input });
    return { ...input, approval };
  }

  async function add(person: SigningPerson, authenticator: SoftwareAuthenticator = makeAuthenticator(core)) {
    const { input } = await makeCredential(person, authenticator);
    const call = person.call();
    const added = await addPasskey(core, call, await signed(person, call, input));
    return { ...added, authenticator };
  }

  /** A removal that is signed for. What it gives hands it in. */
  async function prepareRemoval(
    person: SigningPerson,
    passkeyId: string,
    signer: Pick<SigningPerson, 'authenticator'> = person,
  ): Promise<() => Promise<RemovedPasskey>> {
    const call = person.call();
    const approval = await signAction(core, signer, call, { action: 'auth.removePasskey', passkeyId });
    return () => removePasskey(core, call, { passkeyId, approval });
  }

  return {
    makePerson,
    makeCredential,
    signed,
    add,
    prepareRemoval,
    remove: async (...given: Parameters<typeof prepareRemoval>) => (await prepareRemoval(...given))(),
    idsOf: async (person: SigningPerson) =>
      (await listPasskeys(core, person.call(), {})).map(({ passkeyId }) => passkeyId),
    eventsOf: (subjectId: string) =>
      core.db
        .selectFrom('events')
        .where('subject_id', '=', subjectId)
        .select(['name', 'audience', 'data'])
        .orderBy('id')
        .execute(),
  };
}
