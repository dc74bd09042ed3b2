import { inBothWays } from '../in-both-ways.ts';
import {
  type Answers,
  onlyTheOperator,
  onlyTheOwner,
  onlyWhoSigned,
  type RowsOf,
  whoeverIsSignedIn,
} from '../matrix-row.ts';
import { deviceKeyOf, newPublicKey, signedBy } from '../signing.ts';
import { reason } from '../standing.ts';
import { errandIn, newPasskeyOf, passkeyOf, payoutAccountOf, signerFor } from '../things.ts';

/** Ending an errand is its sender's; its runner knows it, and is told that it is not his to end. */
const onlyTheSender: Answers = { ...onlyTheOwner, counterpart: 'TRANSITION_REFUSED' };

export const approvalsRows: RowsOf<'approvals'> = {
  begin: [
    {
      ask: async (scene, { idempotencyKey }) => ({
        action: 'wallet.withdraw',
        idempotencyKey,
        amountMinor: 200_00,
        currency: 'NGN',
        payoutAccountId: await payoutAccountOf(scene),
      }),
      answers: onlyTheOwner,
      // What is signed names the account whole.
      shows: { owner: ['accountNumber'] },
    },
    {
      ask: async (scene, { idempotencyKey }) => ({
        action: 'wallet.removePayoutAccount',
        idempotencyKey,
        payoutAccountId: await payoutAccountOf(scene),
      }),
      answers: onlyTheOwner,
    },
    {
      ask: (scene, { idempotencyKey }) => ({
        action: 'wallet.addPayoutAccount',
        idempotencyKey,
        bankCode: '058',
        accountNumber: scene.newAccountNumber(),
      }),
      answers: whoeverIsSignedIn,
    },
    {
      ask: async (scene, { idempotencyKey }) => ({
        action: 'errands.confirm',
        idempotencyKey,
        errandId: (await errandIn(scene, 'completed')).errandId,
      }),
      answers: onlyTheSender,
    },
    {
      ask: async (scene, { idempotencyKey }) => ({
        action: 'errands.cancel',
        idempotencyKey,
        errandId: (await errandIn(scene, 'accepted')).errandId,
      }),
      answers: onlyTheSender,
    },
    {
      ask: async (scene, asker) => ({
        action: 'auth.addPasskey',
        idempotencyKey: asker.idempotencyKey,
        ...(await newPasskeyOf(signerFor(scene, asker))),
      }),
      isAskersOwn: true,
      answers: whoeverIsSignedIn,
      isKnownBecause: 'what is signed is the credential; the ceremony is asked for when it is added',
    },
    {
      ask: async (scene, { idempotencyKey }) => ({
        action: 'auth.removePasskey',
        idempotencyKey,
        passkeyId: await passkeyOf(scene),
      }),
      answers: onlyTheOwner,
    },
    {
      ask: (_scene, { idempotencyKey }) => ({ action: 'recovery.createCodes', idempotencyKey }),
      answers: whoeverIsSignedIn,
    },
    {
      ask: ({ userIds }, { idempotencyKey }) => ({
        action: 'admin.grantRole',
        idempotencyKey,
        userId: userIds.counterpart,
        role: 'sender',
        reason,
      }),
      answers: onlyTheOperator,
    },
    {
      ask: ({ userIds }, { idempotencyKey }) => ({
        action: 'admin.revokeRole',
        idempotencyKey,
        userId: userIds.counterpart,
        role: 'runner',
        reason,
      }),
      answers: onlyTheOperator,
    },
    {
      ask: ({ userIds }, { idempotencyKey }) => ({
        action: 'admin.suspendUser',
        idempotencyKey,
        userId: userIds.counterpart,
        reason,
      }),
      answers: onlyTheOperator,
    },
    {
      ask: ({ userIds }, { idempotencyKey }) => ({
        action: 'admin.reinstateUser',
        idempotencyKey,
        userId: userIds.suspended,
        reason,
      }),
      answers: onlyTheOperator,
    },
    {
      ask: (_scene, { idempotencyKey }) => ({
        action: 'approvals.enrollDeviceKey',
        idempotencyKey,
        name: 'Demo console',
        publicKey: newPublicKey().publicKey,
      }),
      answers: whoeverIsSignedIn,
    },
    {
      ask: async ({ people: { owner } }, { idempotencyKey }) => ({
        action: 'approvals.revokeDeviceKey',
        idempotencyKey,
        deviceKeyId: (await deviceKeyOf(owner)).deviceKeyId,
      }),
      answers: onlyTheOwner,
    },
  ],
  enrollDeviceKey: [
    ...inBothWays({
      ask: async ({ people: { owner } }, asker) => {
        const input = { name: 'Demo console', publicKey: newPublicKey().publicKey };
        const action = { action: 'approvals.enrollDeviceKey', ...input } as const;
        return { ...input, approval: await signedBy(owner, asker, action) };
      },
      answers: onlyWhoSigned,
    }),
  ],
  listDeviceKeys: [{ ask: () => ({}), answers: whoeverIsSignedIn }],
  revokeDeviceKey: [
    ...inBothWays({
      ask: async ({ people: { owner } }, asker) => {
        const { deviceKeyId } = await deviceKeyOf(owner);
        const action = { action: 'approvals.revokeDeviceKey', deviceKeyId } as const;
        return { deviceKeyId, approval: await signedBy(owner, asker, action) };
      },
      answers: onlyWhoSigned,
    }),
  ],
};
