import { randomUUID } from 'node:crypto';
import { v7 } from 'uuid';
import type { AccountName } from '../account-id.ts';
import { type AccountPurpose, accountPurposes } from '../account-purposes.ts';
import type { TransferSet } from '../transfer-set.ts';

/** Sets of transfers for tests and measurements: what a test does not care about is filled in. */
export function sampleSet(
  legs: readonly (readonly [debit: AccountName, credit: AccountName, amountMinor: bigint])[],
  fixed: Partial<TransferSet> = {},
): TransferSet {
  return {
    kind: 'adjustment.post',
    cause: { type: 'sample', id: randomUUID() },
    authority: { kind: 'session', reference: randomUUID(), detail: 'sample.post some-key' },
    postedAt: new Date('2026-03-01T09:00:00.000Z'),
    transfers: legs.map(([debit, credit, amountMinor]) => ({ id: v7(), debit, credit, amountMinor })),
    ...fixed,
  };
}

/** The set that takes another back. */
export function sampleReversal(reversed: TransferSet, fixed: Partial<TransferSet> = {}): TransferSet {
  const legs = reversed.transfers.map(
    ({ debit, credit, amountMinor }) => [credit, debit, amountMinor] as const,
  );
  const reverses = reversed.transfers[0]?.id ?? '';
  return sampleSet(legs.toReversed(), { kind: 'adjustment.reverse', reverses, ...fixed });
}

/** An account of a fresh owner, of nobody where the purpose has none. */
export function sampleAccount(purpose: AccountPurpose = 'available', currency = 'NGN'): AccountName {
  const isPlatforms = accountPurposes[purpose].ownerKind === null;
  return { purpose, ownerId: isPlatforms ? null : randomUUID(), currency };
}

/** Where sample money comes from: unguarded, so that it can give without end. */
export const sampleSource = (currency = 'NGN'): AccountName => ({
  purpose: 'float',
  ownerId: 'paystack',
  currency,
});
