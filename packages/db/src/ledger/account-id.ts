import { hash } from 'node:crypto';
import { type AccountPurpose, accountPurposes } from './account-purposes.ts';

/** What tells an account from every other. */
export interface AccountName {
  purpose: AccountPurpose;
  /** A UUID, or the name of a provider, or null where the platform has one account per currency. */
  ownerId: string | null;
  /** ISO 4217, as in `NGN`. */
  currency: string;
}

/**
 * The id of an account: a UUIDv8 made of the SHA-256 of its name, so that nobody has to look it up.
 * Throws where the name is not one: an owner too many or too few, or not in lower case.
 */
export function accountId({ purpose, ownerId, currency }: AccountName): string {
  const isOwned = accountPurposes[purpose].ownerKind !== null;
  if (isOwned !== (ownerId !== null))
    throw new TypeError(`Account ${purpose} ${isOwned ? 'needs an' : 'has no'} owner`);
  if (ownerId !== null && !ownerPattern.test(ownerId))
    throw new TypeError(`Not the owner of an account: ${ownerId}`);
  if (!currencyPattern.test(currency)) throw new TypeError(`Not a currency: ${currency}`);
  const digest = hash('sha256', `${purpose} ${ownerId ?? ''} ${currency}`, 'hex');
  const variant = ((Number.parseInt(digest.charAt(16), 16) & 0b0011) | 0b1000).toString(16);
  return (
    `${digest.slice(0, 8)}-${digest.slice(8, 12)}-8${digest.slice(13, 16)}` +
    `-${variant}${digest.slice(17, 20)}-${digest.slice(20, 32)}`
  );
}

const ownerPattern = /^[a-z0-9][a-z0-9_-]{0,62}$/;
const currencyPattern = /^[A-Z]{3}$/;
