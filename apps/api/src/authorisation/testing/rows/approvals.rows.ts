import { type Answers, onlyTheOwner, type RowsOf, whoeverIsSignedIn } from '../matrix-row.ts';
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
  ],
};
