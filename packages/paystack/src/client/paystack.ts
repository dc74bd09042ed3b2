import { fetchBalance, type ListBalanceLedger, listBalanceLedger } from './balance.ts';
import { type ListBanks, listBanks, type ResolveAccount, resolveAccount } from './bank.ts';
import type { PaystackConnection } from './request.ts';
import { setSandboxClock } from './sandbox-clock.ts';
import {
  type InitializeTransaction,
  initializeTransaction,
  type ListTransactions,
  listTransactions,
  verifyTransaction,
} from './transaction.ts';
import {
  type InitiateTransfer,
  initiateTransfer,
  type ListTransfers,
  listTransfers,
  verifyTransfer,
} from './transfer.ts';
import { type CreateTransferRecipient, createTransferRecipient } from './transfer-recipient.ts';

export interface PaystackOptions {
  /** `sk_test_…` or `sk_live_…`. It is not readable from the client. */
  readonly secretKey: string;
  /** `https://api.paystack.co`; a test key may also go to plain http. */
  readonly baseUrl: string;
  /** For a whole call, the body included. */
  readonly timeoutSeconds: number;
  readonly fetch?: typeof globalThis.fetch;
}

export type Paystack = ReturnType<typeof createPaystack>;

/**
 * A client of Paystack's API. What the network or Paystack does comes back as a result; only input that
 * must never be sent (an unsafe amount, a bad reference, a numeric account) throws, before any call.
 * Throws a TypeError for settings that cannot be right; the text never holds the key.
 */
export function createPaystack(options: PaystackOptions) {
  const connection = checkedConnection(options);
  return {
    initializeTransaction: (input: InitializeTransaction) => initializeTransaction(connection, input),
    verifyTransaction: (reference: string) => verifyTransaction(connection, reference),
    listTransactions: (input: ListTransactions) => listTransactions(connection, input),
    fetchBalance: () => fetchBalance(connection),
    listBalanceLedger: (input: ListBalanceLedger) => listBalanceLedger(connection, input),
    listBanks: (input: ListBanks) => listBanks(connection, input),
    resolveAccount: (input: ResolveAccount) => resolveAccount(connection, input),
    createTransferRecipient: (input: CreateTransferRecipient) => createTransferRecipient(connection, input),
    initiateTransfer: (input: InitiateTransfer) => initiateTransfer(connection, input),
    verifyTransfer: (reference: string) => verifyTransfer(connection, reference),
    listTransfers: (input: ListTransfers) => listTransfers(connection, input),
    setSandboxClock: (offsetSeconds: number) => setSandboxClock(connection, offsetSeconds),
  };
}

function checkedConnection(options: PaystackOptions): PaystackConnection {
  if (!/^sk_(test|live)_[A-Za-z0-9_-]+$/.test(options.secretKey)) {
    throw new TypeError('The Paystack secret key must look like sk_test_… or sk_live_…');
  }
  const url = URL.canParse(options.baseUrl) ? new URL(options.baseUrl) : null;
  const isPlainHttp = url?.protocol === 'http:' && options.secretKey.startsWith('sk_test_');
  if (url === null || url.search !== '' || url.hash !== '' || url.username !== '') {
    throw new TypeError('The Paystack base URL must be an address without user, query or fragment');
  }
  if (url.protocol !== 'https:' && !isPlainHttp) {
    throw new TypeError('The Paystack base URL must be https, or http with a test key');
  }
  if (!(options.timeoutSeconds > 0 && options.timeoutSeconds <= 120)) {
    throw new TypeError('The Paystack time-out must be between 0 and 120 seconds');
  }
  const { secretKey, baseUrl, timeoutSeconds } = options;
  return { secretKey, baseUrl, timeoutSeconds, fetch: options.fetch ?? globalThis.fetch };
}
