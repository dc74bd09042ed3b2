import { httpDevice } from '../../../testing/http-device.ts';
import { inBothWays } from '../in-both-ways.ts';
import {
  type Answers,
  anybody,
  nobodyFor,
  onlyTheOwner,
  onlyWhoSigned,
  type RowsOf,
  whoeverIsSignedIn,
} from '../matrix-row.ts';
import { signedBy } from '../signing.ts';
import { demoDeviceId, newAuthenticator, newPasskeyOf, passkeyOf, sessionOf, signerFor } from '../things.ts';
import { waysInRows } from './ways-in.rows.ts';

const deviceId = demoDeviceId;

/** A ceremony that nobody's own answer fits. */
const nobodyIs = (code: 'SIGN_IN_REFUSED' | 'REGISTRATION_REFUSED'): Answers => ({
  ...nobodyFor(code),
  anonymous: code,
});

export const authRows: RowsOf<'auth'> = {
  ...waysInRows,
  beginRegistration: [
    { ask: ({ newHandle }) => ({ handle: newHandle(), displayName: 'Demo' }), answers: anybody },
  ],
  finishRegistration: [
    {
      ask: async (scene) => {
        const begun = await httpDevice(scene.api.url).call('auth', 'beginRegistration', {
          handle: scene.newHandle(),
          displayName: 'Demo',
        });
        const response = await newAuthenticator().create(begun.options);
        return { ceremony: begun.ceremony, response, deviceId };
      },
      answers: anybody,
      isKnownBecause: 'the answer to the ceremony is right, and only who began it can give it',
    },
    {
      ask: async (scene) => {
        const begin = () =>
          httpDevice(scene.api.url).call('auth', 'beginRegistration', {
            handle: scene.newHandle(),
            displayName: 'Demo',
          });
        const [theirs, own] = [await begin(), await begin()];
        const response = await newAuthenticator().create(own.options);
        return { ceremony: theirs.ceremony, response, deviceId };
      },
      answers: nobodyIs('REGISTRATION_REFUSED'),
    },
  ],
  beginSignIn: [{ ask: ({ newHandle }) => ({ handle: newHandle() }), answers: anybody }],
  finishSignIn: [
    {
      ask: async (scene, { device }) => {
        const begun = await httpDevice(scene.api.url).call('auth', 'beginSignIn', {});
        const response = await device.authenticator.get(begun.options);
        return { ceremony: begun.ceremony, response, deviceId };
      },
      isAskersOwn: true,
      answers: anybody,
      isKnownBecause: 'the answer to the ceremony is right, and only who began it can give it',
    },
    {
      ask: async (scene, { device }) => {
        const begin = () => httpDevice(scene.api.url).call('auth', 'beginSignIn', {});
        const [theirs, own] = [await begin(), await begin()];
        const response = await device.authenticator.get(own.options);
        return { ceremony: theirs.ceremony, response, deviceId };
      },
      isAskersOwn: true,
      answers: nobodyIs('SIGN_IN_REFUSED'),
    },
  ],
  refresh: [
    {
      ask: async (scene) => {
        const { tokens } = await httpDevice(scene.api.url, { shares: scene.people.owner }).signIn();
        return { refreshToken: tokens.refreshToken, deviceId };
      },
      answers: anybody,
    },
  ],
  signOut: [{ ask: () => ({}), answers: whoeverIsSignedIn, endsSession: true }],
  listPasskeys: [{ ask: () => ({}), answers: whoeverIsSignedIn }],
  beginAddPasskey: [{ ask: () => ({}), answers: whoeverIsSignedIn }],
  addFirstPasskey: [
    {
      // Each of them has one already.
      ask: (scene, asker) => newPasskeyOf(signerFor(scene, asker)),
      isAskersOwn: true,
      answers: nobodyFor('PASSKEY_EXISTS'),
      isKnownBecause: 'it is his own',
    },
    {
      // For the ceremony of somebody else.
      ask: (scene) => newPasskeyOf(scene.people.owner),
      isAskersOwn: true,
      answers: { ...nobodyFor('REGISTRATION_REFUSED'), owner: 'PASSKEY_EXISTS' },
    },
  ],
  addPasskey: [
    {
      ask: async (scene, asker) => {
        const signer = signerFor(scene, asker);
        const input = await newPasskeyOf(signer);
        return { ...input, approval: await signedBy(signer, asker, { action: 'auth.addPasskey', ...input }) };
      },
      isAskersOwn: true,
      answers: whoeverIsSignedIn,
      isKnownBecause: 'it is his own',
    },
    ...inBothWays({
      ask: async (scene, asker) => {
        const { owner } = scene.people;
        const input = await newPasskeyOf(owner);
        return { ...input, approval: await signedBy(owner, asker, { action: 'auth.addPasskey', ...input }) };
      },
      answers: onlyWhoSigned,
    }),
    {
      // Signed by himself, for the ceremony of somebody else.
      ask: async (scene, asker) => {
        const input = await newPasskeyOf(scene.people.owner);
        const signer = signerFor(scene, asker);
        return { ...input, approval: await signedBy(signer, asker, { action: 'auth.addPasskey', ...input }) };
      },
      isAskersOwn: true,
      answers: { ...nobodyFor('REGISTRATION_REFUSED'), owner: 'ok' },
      isKnownBecause: 'without his own signature it is refused before',
    },
  ],
  renamePasskey: [
    {
      ask: async (scene) => ({ passkeyId: await passkeyOf(scene), name: 'Demo key 2' }),
      answers: onlyTheOwner,
    },
  ],
  removePasskey: [
    ...inBothWays({
      ask: async (scene, asker) => {
        const passkeyId = await passkeyOf(scene);
        const action = { action: 'auth.removePasskey', passkeyId } as const;
        return { passkeyId, approval: await signedBy(scene.people.owner, asker, action) };
      },
      answers: onlyWhoSigned,
    }),
  ],
  listSessions: [{ ask: () => ({}), answers: whoeverIsSignedIn }],
  endSession: [{ ask: async (scene) => ({ sessionId: await sessionOf(scene) }), answers: onlyTheOwner }],
  endAllSessions: [{ ask: () => ({ which: 'others' }), answers: whoeverIsSignedIn }],
};
