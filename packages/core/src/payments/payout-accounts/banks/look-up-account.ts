import type { BankAccount } from '@errand-dash/contract';
import type { Paystack } from '@errand-dash/paystack';
import { after } from '../../../clock.ts';
import type { Core } from '../../../core.ts';
import { type AccountLookup, lookupOf } from './account-lookup.rules.ts';

export interface LookUpAccount extends BankAccount {
  userId: string;
  now: Date;
}

/**
 * Asks the bank for the name of an account. What a person was just told is not asked for again: the provider counts
 * these questions. Call it outside a transaction.
 */
export async function lookUpAccount(core: Core, asked: LookUpAccount): Promise<AccountLookup> {
  const { paystack } = core.payments;
  const names = namesOf(paystack);
  const { userId, bankCode, accountNumber, now } = asked;
  const name = `${userId} ${bankCode} ${accountNumber}`;
  const known = names.get(name);
  if (known !== undefined && known.until > now) return { outcome: 'found', accountName: known.accountName };
  const lookup = lookupOf(await paystack.resolveAccount({ bankCode, accountNumber }));
  if (lookup.outcome === 'unanswered') core.log('warn', 'the bank told no name', { userId });
  if (lookup.outcome !== 'found') return lookup;
  const [oldest] = names.keys();
  if (names.size >= NAMES_MAX && oldest !== undefined) names.delete(oldest);
  const until = after(now, core.policy.payout.accountNameKeptSeconds);
  names.set(name, { accountName: lookup.accountName, until });
  return lookup;
}

const NAMES_MAX = 1_000;

interface KnownName {
  accountName: string;
  until: Date;
}

/** The names that each client of the provider's was told, the oldest first. */
const namesByClient = new WeakMap<Paystack, Map<string, KnownName>>();

function namesOf(paystack: Paystack): Map<string, KnownName> {
  const names = namesByClient.get(paystack) ?? new Map<string, KnownName>();
  namesByClient.set(paystack, names);
  return names;
}
