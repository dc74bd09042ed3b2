import { httpDevice } from '../../../testing/http-device.ts';
import { inBothWays } from '../in-both-ways.ts';
import type { Scene } from '../make-scene.ts';
import {
  type Answers,
  anybody,
  nobodyFor,
  onlyWhoSigned,
  type RowsOf,
  whoeverIsSignedIn,
} from '../matrix-row.ts';
import { signedBy } from '../signing.ts';
import { demoDeviceId, newAuthenticator, signerFor } from '../things.ts';

const bearer = 'the id is the key of who began it, and nobody is signed in who could own it';

/** A recovery that somebody who has lost his passkeys has begun, with what he needs to prove himself. */
async function begun({ api, newHandle }: Scene) {
  const [device, nobody] = [httpDevice(api.url), httpDevice(api.url)];
  const handle = newHandle();
  await device.signUp(handle);
  const idempotencyKey = crypto.randomUUID();
  const approval = await signedBy(device, { idempotencyKey }, { action: 'recovery.createCodes' });
  const { codes } = await device.call('recovery', 'createCodes', { approval }, undefined, idempotencyKey);
  const { recoveryId } = await nobody.call('recovery', 'begin', { handle });
  return { recoveryId, recoveryCode: codes[0] ?? '', nobody };
}

const nobodyIsProven: Answers = { ...nobodyFor('CODE_WRONG'), anonymous: 'CODE_WRONG' };
const refused: Answers = { ...nobodyFor('RECOVERY_REFUSED'), anonymous: 'RECOVERY_REFUSED' };

export const recoveryRows: RowsOf<'recovery'> = {
  status: [{ ask: () => ({}), answers: whoeverIsSignedIn }],
  createCodes: [
    {
      ask: async (scene, asker) => ({
        approval: await signedBy(signerFor(scene, asker), asker, { action: 'recovery.createCodes' }),
      }),
      isAskersOwn: true,
      answers: whoeverIsSignedIn,
      shows: {
        owner: ['recoveryCode'],
        counterpart: ['recoveryCode'],
        stranger: ['recoveryCode'],
        admin: ['recoveryCode'],
        operator: ['recoveryCode'],
      },
      isKnownBecause: 'it is his own signature',
    },
    ...inBothWays({
      ask: async (scene, asker) => ({
        approval: await signedBy(scene.people.owner, asker, { action: 'recovery.createCodes' }),
      }),
      answers: onlyWhoSigned,
      shows: { owner: ['recoveryCode'] },
    }),
  ],
  undo: [{ ask: () => ({}), answers: nobodyFor('RECOVERY_NOT_UNDONE') }],
  begin: [{ ask: ({ newHandle }) => ({ handle: newHandle() }), answers: anybody }],
  sendCodes: [
    {
      ask: async (scene) => ({ recoveryId: (await begun(scene)).recoveryId }),
      answers: anybody,
      isKnownBecause: bearer,
    },
  ],
  proveByRecoveryCode: [
    {
      ask: async (scene) => {
        const { recoveryId, recoveryCode } = await begun(scene);
        return { recoveryId, recoveryCode };
      },
      answers: anybody,
      isKnownBecause: bearer,
    },
    {
      // Another person's code is no proof.
      ask: async (scene) => ({
        recoveryId: (await begun(scene)).recoveryId,
        recoveryCode: (await begun(scene)).recoveryCode,
      }),
      // Wrong tries are counted.
      isAskersOwn: true,
      answers: nobodyIsProven,
      isKnownBecause: bearer,
    },
  ],
  proveByContacts: [
    {
      ask: async (scene) => ({
        recoveryId: (await begun(scene)).recoveryId,
        phoneCode: '000000',
        emailCode: '000000',
      }),
      // Wrong tries are counted.
      isAskersOwn: true,
      answers: nobodyIsProven,
      isKnownBecause: bearer,
    },
  ],
  finish: [
    {
      ask: async (scene) => {
        const { recoveryId, recoveryCode, nobody } = await begun(scene);
        const { options } = await nobody.call('recovery', 'proveByRecoveryCode', {
          recoveryId,
          recoveryCode,
        });
        return { recoveryId, response: await newAuthenticator().create(options), deviceId: demoDeviceId };
      },
      answers: anybody,
      isKnownBecause: bearer,
    },
    {
      // Proven by one, answered by another's device.
      ask: async (scene) => {
        const prove = async () => {
          const { recoveryId, recoveryCode, nobody } = await begun(scene);
          const { options } = await nobody.call('recovery', 'proveByRecoveryCode', {
            recoveryId,
            recoveryCode,
          });
          return { recoveryId, options };
        };
        const [theirs, own] = [await prove(), await prove()];
        const response = await newAuthenticator().create(own.options);
        return { recoveryId: theirs.recoveryId, response, deviceId: demoDeviceId };
      },
      answers: refused,
    },
  ],
};
