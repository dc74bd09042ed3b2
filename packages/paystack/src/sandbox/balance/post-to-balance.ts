import type { Draft } from '../books/books.ts';
import type { LedgerRecord } from '../books/records.ts';

export interface BalanceMovement {
  readonly currency: string;
  readonly differenceMinor: number;
  readonly reason: string;
  readonly modelResponsible: LedgerRecord['modelResponsible'];
  readonly modelRow: number;
  readonly now: Date;
}

/** Moves the balance and writes the ledger row that says so; the two are never apart. */
export function postToBalance(draft: Draft, movement: BalanceMovement): void {
  const { now, ...row } = movement;
  const balanceMinor = (draft.get('balance', movement.currency) ?? 0) + movement.differenceMinor;
  if (!Number.isSafeInteger(balanceMinor)) {
    throw new Error('The balance leaves the range of safe integers');
  }
  const id = draft.nextId();
  draft.put('ledger', id, { id, ...row, balanceMinor, createdAt: now.toISOString() });
  draft.put('balance', movement.currency, balanceMinor);
}
