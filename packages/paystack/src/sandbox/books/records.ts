/** What the sandbox remembers. Amounts are safe integers of minor units, instants ISO 8601. */

export type Domain = 'test' | 'live';

export interface TransactionRecord {
  readonly id: number;
  readonly reference: string;
  readonly accessCode: string;
  readonly customerEmail: string;
  readonly currency: string;
  readonly amountMinor: number;
  readonly requestedAmountMinor: number;
  /** Null until it is paid. */
  readonly feesMinor: number | null;
  readonly status: 'pending' | 'ongoing' | 'success' | 'failed' | 'abandoned';
  readonly channel: string;
  readonly gatewayResponse: string;
  readonly callbackUrl: string | null;
  readonly metadata: unknown;
  readonly createdAt: string;
  readonly paidAt: string | null;
  /** When the takings reached the balance; null while Paystack holds them. */
  readonly settledAt: string | null;
}

export interface CustomerRecord {
  readonly id: number;
  readonly email: string;
  readonly customerCode: string;
}

export interface RecipientRecord {
  readonly id: number;
  readonly recipientCode: string;
  readonly name: string;
  readonly currency: string;
  readonly accountNumber: string;
  readonly bankCode: string;
  readonly bankName: string;
  readonly metadata: unknown;
  readonly createdAt: string;
}

export type TransferStatus =
  | 'pending'
  | 'otp'
  | 'received'
  | 'success'
  | 'failed'
  | 'reversed'
  | 'abandoned'
  | 'blocked'
  | 'rejected';

export interface TransferRecord {
  readonly id: number;
  readonly reference: string;
  readonly transferCode: string;
  readonly recipientCode: string;
  readonly amountMinor: number;
  readonly feeMinor: number;
  readonly currency: string;
  readonly reason: string;
  readonly status: TransferStatus;
  /** What becomes of it next; `approval` asks the approval URL first. */
  readonly steps: readonly (TransferStatus | 'approval')[];
  readonly createdAt: string;
  readonly updatedAt: string;
  readonly transferredAt: string | null;
}

export interface LedgerRecord {
  readonly id: number;
  readonly currency: string;
  readonly differenceMinor: number;
  readonly balanceMinor: number;
  readonly reason: string;
  readonly modelResponsible: 'Transaction' | 'Transfer';
  readonly modelRow: number;
  readonly createdAt: string;
}

export interface DeliveryRecord {
  readonly id: number;
  readonly event: string;
  readonly reference: string;
  readonly body: string;
  readonly signature: 'valid' | 'bad' | 'missing' | 'uppercase' | 'short';
  readonly state: 'waiting' | 'held' | 'dropped' | 'delivered' | 'given_up';
  readonly attempts: number;
  readonly nextAttemptAt: string;
  /** The receiver's last HTTP status; null when it gave none. */
  readonly lastStatus: number | null;
  readonly createdAt: string;
}

export interface FaultRecord {
  readonly id: number;
  readonly timesLeft: number;
  /** A fault as faults/fault-plan.ts describes it. */
  readonly fault: unknown;
}

/** Each table of the books and the key of its rows. */
export interface Tables {
  readonly counter: number;
  /** By reference. */
  readonly transaction: TransactionRecord;
  /** By access code: the transaction's reference. */
  readonly access: string;
  /** By lowercase email. */
  readonly customer: CustomerRecord;
  /** By recipient code. */
  readonly recipient: RecipientRecord;
  /** By currency, bank code and account number: the recipient code. */
  readonly recipientOfAccount: string;
  /** By bank code and account number: a name set through the control port. */
  readonly accountName: string;
  /** By reference. */
  readonly transfer: TransferRecord;
  /** By the reference of a transfer that has a next step: when it is due. */
  readonly dueTransfer: string;
  readonly ledger: LedgerRecord;
  /** By currency. */
  readonly balance: number;
  readonly delivery: DeliveryRecord;
  /** By the id of a delivery that is still to be attempted. */
  readonly dueDelivery: true;
  readonly fault: FaultRecord;
  /** Under `offset`: seconds added to the clock. */
  readonly clock: number;
}

export type TableName = keyof Tables;

/** One row put (or, with null, removed). A commit is a list of them. */
export type Change = readonly [table: TableName, key: string, value: unknown];
