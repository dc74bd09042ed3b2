/** The name of the payment provider in our rows, and the owner of its accounts in the ledger. */
export const PROVIDER = 'paystack';
