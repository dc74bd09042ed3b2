export type { BalanceLedgerRow, ListBalanceLedger, PaystackBalance } from './client/balance.ts';
export type { ListBanks, PaystackBank, ResolveAccount, ResolvedAccount } from './client/bank.ts';
export type { ListPage, ListPosition } from './client/paging.ts';
export { createPaystack, type Paystack, type PaystackOptions } from './client/paystack.ts';
export { isReadableReference, isReference, newReference } from './client/reference.ts';
export type {
  PaystackLimited,
  PaystackNotFound,
  PaystackProblem,
  PaystackRefused,
  PaystackResult,
  PaystackUnauthorized,
  PaystackUnknown,
  RefusalReason,
} from './client/result.ts';
export type {
  InitializedTransaction,
  InitializeTransaction,
  ListTransactions,
  PaystackTransaction,
  TransactionStatus,
} from './client/transaction.ts';
export type { InitiateTransfer, ListTransfers, PaystackTransfer, TransferStatus } from './client/transfer.ts';
export type { CreateTransferRecipient, TransferRecipient } from './client/transfer-recipient.ts';
export type { Endpoint, Fault } from './sandbox/faults/fault-plan.ts';
export { createSandbox, type Sandbox, type SandboxOptions } from './sandbox/sandbox.ts';
export { type TransferOutcome, transferOutcomes } from './sandbox/transfers/transfer-outcomes.ts';
export { parseWebhookEvent, type WebhookEvent } from './webhook/parse-webhook-event.ts';
export { verifyWebhookSignature, type WebhookSignatureInput } from './webhook/verify-webhook-signature.ts';
