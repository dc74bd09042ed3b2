import type { AccountName, AccountPurpose } from '@errand-dash/db';
import type { PublicUser } from '../../users/index.ts';

/** Who stands behind the account at the other end of a line, as far as the account's owner may know. */
export type Counterparty =
  | ({ kind: 'person' } & PublicUser)
  | { kind: 'platform' | 'provider' | 'bank' | 'own'; name: string };

/** What has to be looked up before a counterparty can be named. */
export interface KnownParties {
  people: ReadonlyMap<string, PublicUser>;
  escrows: ReadonlyMap<string, { payerId: string; payeeId: string | null }>;
}

/**
 * The counterparty of one of a person's lines: behind an escrow the other of its two sides, never its account. Null
 * where nobody is named, or nobody may be.
 */
export function counterpartyOf(
  viewerId: string,
  counterpart: AccountName,
  { people, escrows }: KnownParties,
): Counterparty | null {
  const kind = counterpartKinds[counterpart.purpose];
  if (kind === 'bank') return { kind, name: 'Your bank' };
  if (kind === 'platform') return { kind, name: 'ErrandDash' };
  if (kind === 'provider')
    return { kind, name: providerNames[counterpart.ownerId ?? ''] ?? 'Payment provider' };
  const parties = kind === 'escrow' ? escrows.get(counterpart.ownerId ?? '') : undefined;
  const personId = kind === 'escrow' ? parties && otherOf(viewerId, parties) : counterpart.ownerId;
  if (personId === viewerId) return { kind: 'own', name: 'Your own account' };
  const person = kind === 'nobody' ? undefined : people.get(personId ?? '');
  return person === undefined ? null : { kind: 'person', ...person };
}

/** The purposes of the accounts that a counterparty of this kind stands behind. Whether it is one's own is the owner's. */
export const purposesBehind = (kind: 'platform' | 'provider' | 'bank'): AccountPurpose[] =>
  (Object.keys(counterpartKinds) as AccountPurpose[]).filter((purpose) => counterpartKinds[purpose] === kind);

const counterpartKinds: Record<
  AccountPurpose,
  'person' | 'escrow' | 'bank' | 'provider' | 'platform' | 'nobody'
> = {
  available: 'person',
  frozen: 'person',
  held: 'escrow',
  payout: 'bank',
  claim: 'nobody',
  float: 'provider',
  unsettled: 'provider',
  fees: 'platform',
  provider_fees: 'platform',
  fee_margin: 'platform',
  suspense: 'platform',
  adjustments: 'platform',
  exchange: 'platform',
  receivable: 'platform',
};

const providerNames: Readonly<Record<string, string>> = { paystack: 'Paystack' };

export function otherOf(
  viewerId: string,
  { payerId, payeeId }: { payerId: string; payeeId: string | null },
): string | null {
  return viewerId === payerId ? payeeId : payerId;
}
