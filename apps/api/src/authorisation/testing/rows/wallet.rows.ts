import { inBothWays } from '../in-both-ways.ts';
import { onlyTheOwner, onlyWhoSigned, type RowsOf, whoeverIsSignedIn } from '../matrix-row.ts';
import { signedBy } from '../signing.ts';
import { errandIn, payoutAccountOf, sealedTransferOf, signerFor, withdrawalOf } from '../things.ts';

const currency = 'NGN';

export const walletRows: RowsOf<'wallet'> = {
  balances: [{ ask: () => ({}), answers: whoeverIsSignedIn }],
  startTopUp: [
    {
      ask: ({ newEmail }) => ({ amountMinor: 500_00, currency, email: newEmail() }),
      answers: whoeverIsSignedIn,
    },
  ],
  getTopUp: [
    {
      ask: async ({ people: { owner }, newEmail }) => {
        const input = { amountMinor: 500_00, currency, email: newEmail() } as const;
        return { topUpId: (await owner.call('wallet', 'startTopUp', input)).topUpId };
      },
      answers: onlyTheOwner,
    },
  ],
  statement: [
    {
      // Of his own account, the lines with the owner.
      ask: ({ userIds }) => ({ currency, counterparty: { kind: 'person', userId: userIds.owner } }),
      answers: whoeverIsSignedIn,
    },
    {
      ask: async (scene) => ({
        currency,
        account: { purpose: 'held', escrowId: (await errandIn(scene, 'accepted')).escrowId },
      }),
      answers: onlyTheOwner,
    },
    {
      ask: async (scene) => {
        const { escrowId } = await errandIn(scene, 'accepted');
        await sealedTransferOf(scene);
        return { currency, account: { purpose: 'held', escrowId }, withReceipts: true };
      },
      answers: onlyTheOwner,
      shows: { owner: ['ledgerProof'] },
    },
    {
      ask: async (scene) => ({
        currency,
        account: { purpose: 'payout', withdrawalId: await withdrawalOf(scene) },
      }),
      answers: onlyTheOwner,
    },
  ],
  exportStatement: [
    {
      ask: ({ userIds }) => ({
        currency,
        format: 'csv',
        counterparty: { kind: 'person', userId: userIds.owner },
      }),
      answers: whoeverIsSignedIn,
    },
    { ask: () => ({ currency, format: 'csv' }), answers: whoeverIsSignedIn },
    {
      ask: async (scene) => ({
        currency,
        format: 'csv',
        account: { purpose: 'held', escrowId: (await errandIn(scene, 'accepted')).escrowId },
      }),
      answers: onlyTheOwner,
    },
    {
      ask: async (scene) => ({
        currency,
        format: 'csv',
        account: { purpose: 'payout', withdrawalId: await withdrawalOf(scene) },
      }),
      answers: onlyTheOwner,
    },
  ],
  getReceipts: [
    {
      ask: async (scene) => ({ transferIds: [await sealedTransferOf(scene)] }),
      answers: whoeverIsSignedIn,
      shows: { owner: ['ledgerProof'] },
    },
  ],
  balancesAt: [{ ask: () => ({ at: new Date() }), answers: whoeverIsSignedIn }],
  quoteExchange: [
    { ask: () => ({ sold: currency, bought: 'KWD', buyMinor: 1_500 }), answers: whoeverIsSignedIn },
  ],
  exchange: [
    {
      ask: async ({ people: { owner } }) => {
        const asked = { sold: currency, bought: 'KWD', buyMinor: 1_500 } as const;
        return { quoteId: (await owner.call('wallet', 'quoteExchange', asked)).quoteId };
      },
      answers: onlyTheOwner,
    },
  ],
  listBanks: [{ ask: () => ({}), answers: whoeverIsSignedIn }],
  resolveBankAccount: [
    {
      ask: ({ newAccountNumber }) => ({ bankCode: '058', accountNumber: newAccountNumber() }),
      answers: whoeverIsSignedIn,
    },
  ],
  addPayoutAccount: [
    {
      ask: async (scene, asker) => {
        const account = { bankCode: '058', accountNumber: scene.newAccountNumber() };
        const action = { action: 'wallet.addPayoutAccount', ...account } as const;
        return { ...account, approval: await signedBy(signerFor(scene, asker), asker, action) };
      },
      isAskersOwn: true,
      answers: whoeverIsSignedIn,
      isKnownBecause: 'it is his own signature',
    },
    ...inBothWays({
      ask: async (scene, asker) => {
        const account = { bankCode: '058', accountNumber: scene.newAccountNumber() };
        const action = { action: 'wallet.addPayoutAccount', ...account } as const;
        return { ...account, approval: await signedBy(scene.people.owner, asker, action) };
      },
      answers: onlyWhoSigned,
    }),
  ],
  listPayoutAccounts: [
    {
      ask: async (scene) => {
        await payoutAccountOf(scene);
        return {};
      },
      answers: whoeverIsSignedIn,
    },
  ],
  removePayoutAccount: [
    ...inBothWays({
      ask: async (scene, asker) => {
        const payoutAccountId = await payoutAccountOf(scene);
        const action = { action: 'wallet.removePayoutAccount', payoutAccountId } as const;
        return { payoutAccountId, approval: await signedBy(scene.people.owner, asker, action) };
      },
      answers: onlyWhoSigned,
    }),
  ],
  withdraw: [
    ...inBothWays({
      ask: async (scene, asker) => {
        const payoutAccountId = await payoutAccountOf(scene);
        const asked = { amountMinor: 200_00, currency, payoutAccountId } as const;
        const action = { action: 'wallet.withdraw', ...asked } as const;
        return { ...asked, approval: await signedBy(scene.people.owner, asker, action) };
      },
      answers: onlyWhoSigned,
    }),
  ],
  getWithdrawal: [
    { ask: async (scene) => ({ withdrawalId: await withdrawalOf(scene) }), answers: onlyTheOwner },
  ],
  listWithdrawals: [
    {
      ask: async (scene) => {
        await withdrawalOf(scene);
        return {};
      },
      answers: whoeverIsSignedIn,
    },
  ],
};
