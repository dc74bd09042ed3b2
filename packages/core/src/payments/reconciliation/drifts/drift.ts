import type { DriftState } from './drift.machine.ts';
import type { DriftKind, DriftRepair, OrdinaryCommand } from './drift-kinds.ts';

/** What a drift is about. Ids only, ours without their prefix. */
export interface DriftObjects {
  topUpId?: string;
  withdrawalId?: string;
  /** The provider's payment or transfer, such as `transaction/4300000001`, and what it says of it. */
  providerObject?: string;
  providerReference?: string;
  providerStatus?: string;
  bookRowIds?: string[];
  invariant?: string;
  row?: Record<string, string>;
}

/** Something in which the books do not agree, as it is found. */
export interface Finding {
  kind: DriftKind;
  /** What was compared, such as `transaction/4300000001`. */
  subject: string;
  /** How much money it is about; null where that cannot be said. */
  money: { amountMinor: bigint; currency: string } | null;
  objects: DriftObjects;
  /** A sentence. */
  cause: string;
  /** The ordinary command that closes it, where there is one. */
  command: OrdinaryCommand | null;
}

/** A finding that was written down. */
export interface Drift extends Finding {
  id: string;
  runId: string;
  state: DriftState;
  repair: DriftRepair;
  foundAt: Date;
  attempts: number;
  nextAttemptAt: Date | null;
  closedAt: Date | null;
  /** The command that closed it, or `reconcile` where a later reading found it gone. */
  closedBy: string | null;
}
