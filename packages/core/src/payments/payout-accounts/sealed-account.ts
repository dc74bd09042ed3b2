import type { BankAccount } from '@errand-dash/contract';
import type { Core } from '../../core.ts';
import { blindIndex, open, type SealedPlace, type SealingKey, seal } from '../../sealing.ts';
import type { PayoutAccount } from './payout-account.rules.ts';

type AccountRow = Pick<PayoutAccount, 'accountNumberIndex' | 'accountLastFour' | 'accountNumberSealed'>;

/** The columns of an account's number: to be opened, to be found, to be shown. */
export function sealAccountNumber(
  core: Pick<Core, 'keyring' | 'random'>,
  key: SealingKey,
  id: string,
  account: BankAccount,
): AccountRow {
  const { accountNumber } = account;
  return {
    accountNumberSealed: seal(key, placeOf(id, 'account_number_sealed'), accountNumber, core.random),
    accountNumberIndex: indexOfAccount(core, account),
    accountLastFour: accountNumber.slice(-4),
  };
}

/** By what a person's own account is found again: bank and number together. */
export const indexOfAccount = (
  core: Pick<Core, 'keyring'>,
  { bankCode, accountNumber }: BankAccount,
): Buffer => blindIndex(core.keyring, 'payout_accounts.account_number', `${bankCode} ${accountNumber}`);

export const openAccountNumber = (key: SealingKey, account: PayoutAccount): string =>
  open([key], placeOf(account.id, 'account_number_sealed'), account.accountNumberSealed).toString('utf8');

export const sealAccountName = (key: SealingKey, id: string, name: string, random: Core['random']): Buffer =>
  seal(key, placeOf(id, 'account_name_sealed'), name, random);

/** Null until the bank has answered. */
export const openAccountName = (key: SealingKey, { id, accountNameSealed }: PayoutAccount): string | null =>
  accountNameSealed === null
    ? null
    : open([key], placeOf(id, 'account_name_sealed'), accountNameSealed).toString('utf8');

const placeOf = (row: string, column: string): SealedPlace => ({ table: 'payout_accounts', row, column });
