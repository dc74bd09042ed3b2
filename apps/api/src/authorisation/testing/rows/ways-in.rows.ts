import { randomUUIDv7 } from 'node:crypto';
import { formatId } from '@errand-dash/contract';
import { inBothWays } from '../in-both-ways.ts';
import { type Answers, anybody, nobodyFor, type RowsOf, whoeverIsSignedIn } from '../matrix-row.ts';
import { signedBy } from '../signing.ts';
import { demoDeviceId } from '../things.ts';

const deviceId = demoDeviceId;
const code = '123456';
const provider = 'demo';
const redirectUrl = 'https://app.errand.example/signed-in';
const callbackUrl = `${redirectUrl}?code=demo&state=demo`;

/** Passwords and providers are off unless they are configured, and here they are not. */
const off: Answers = nobodyFor('WAY_IN_OFF');
/** What nobody has begun, nobody finishes. */
const nobodyFinishes = (code: 'CODE_SPENT' | 'IDENTITY_REFUSED' | 'WAY_IN_OFF'): Answers => ({
  ...nobodyFor(code),
  anonymous: code,
});
/** Who has the signature hears that there is nothing to remove. */
const nothingToRemove: Answers = { ...nobodyFor('SIGNATURE_REFUSED'), owner: 'OBJECT_NOT_FOUND' };
const newCeremony = () => formatId('ceremony', randomUUIDv7());

type WaysIn =
  | 'waysIn'
  | 'signInWithPassword'
  | 'finishSecondFactor'
  | 'beginProviderSignIn'
  | 'finishProviderSignIn'
  | 'signUpWithProvider'
  | 'myWaysIn'
  | 'setPassword'
  | 'removePassword'
  | 'beginTotp'
  | 'confirmTotp'
  | 'removeTotp'
  | 'removeTotpByCode'
  | 'beginProviderLink'
  | 'linkProvider'
  | 'unlinkProvider';

/** The ways in beside passkeys, as a system has them that has not switched them on. */
export const waysInRows: Pick<RowsOf<'auth'>, WaysIn> = {
  waysIn: [{ ask: () => ({}), answers: { ...anybody, suspended: 'ok' } }],
  signInWithPassword: [
    {
      ask: () => ({ name: 'demo_nobody', password: 'a demo pass phrase', deviceId }),
      answers: nobodyFinishes('WAY_IN_OFF'),
    },
  ],
  finishSecondFactor: [
    {
      ask: () => ({
        secondFactorId: formatId('secondFactor', randomUUIDv7()),
        kind: 'totp',
        code,
        deviceId,
      }),
      answers: nobodyFinishes('CODE_SPENT'),
    },
  ],
  beginProviderSignIn: [
    { ask: () => ({ provider, redirectUrl, deviceId }), answers: nobodyFinishes('WAY_IN_OFF') },
  ],
  finishProviderSignIn: [
    {
      ask: () => ({ ceremonyId: newCeremony(), callbackUrl, deviceId }),
      answers: nobodyFinishes('IDENTITY_REFUSED'),
    },
  ],
  signUpWithProvider: [
    {
      ask: ({ newHandle }) => ({
        signUpId: newCeremony(),
        handle: newHandle(),
        displayName: 'Demo',
        deviceId,
      }),
      answers: nobodyFinishes('IDENTITY_REFUSED'),
    },
  ],
  myWaysIn: [{ ask: () => ({}), answers: whoeverIsSignedIn }],
  setPassword: inBothWays(
    {
      ask: async (scene, asker) => {
        const action = { action: 'auth.setPassword', newPassword: 'a demo pass phrase' } as const;
        const approval = await signedBy(scene.people.owner, asker, action);
        return { newPassword: action.newPassword, approval };
      },
      answers: off,
    },
    off,
  ),
  removePassword: inBothWays({
    ask: async (scene, asker) => ({
      approval: await signedBy(scene.people.owner, asker, { action: 'auth.removePassword' }),
    }),
    answers: nothingToRemove,
  }),
  beginTotp: [{ ask: () => ({}), answers: off }],
  confirmTotp: [{ ask: () => ({ code }), answers: off }],
  removeTotp: inBothWays({
    ask: async (scene, asker) => ({
      approval: await signedBy(scene.people.owner, asker, { action: 'auth.removeTotp' }),
    }),
    answers: nothingToRemove,
  }),
  removeTotpByCode: [{ ask: () => ({ code }), answers: nobodyFor('CODE_WRONG') }],
  beginProviderLink: [{ ask: () => ({ provider, redirectUrl }), answers: off }],
  linkProvider: [
    { ask: () => ({ ceremonyId: newCeremony(), callbackUrl }), answers: nobodyFor('IDENTITY_REFUSED') },
  ],
  unlinkProvider: [
    {
      ask: () => ({ identityId: formatId('identity', randomUUIDv7()) }),
      answers: nobodyFor('OBJECT_NOT_FOUND'),
    },
  ],
};
