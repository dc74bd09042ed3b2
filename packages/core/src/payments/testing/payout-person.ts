import type { PasskeyApproval, Withdraw } from '@errand-dash/contract';
import type { Call } from '../../claim.ts';
import { fundWallet } from '../../testing/fund-wallet.ts';
import { makeSigningPerson, type SigningPerson, signAction } from '../../testing/signing-person.ts';
import type { TestCore } from '../../testing/test-core.ts';
import { addPayoutAccount } from '../payout-accounts/add-payout-account.ts';
import type { PayoutAccountView } from '../payout-accounts/payout-account-view.ts';
import { removePayoutAccount } from '../payout-accounts/remove-payout-account.command.ts';
import { withdraw } from '../withdrawals/withdraw.command.ts';
import type { Withdrawal } from '../withdrawals/withdrawal.rules.ts';

/** A person with a passkey, a bank account to be paid out to, and money. */
export interface PayoutPerson extends SigningPerson {
  payoutAccountId: string;
}

let accounts = 0;

/** An account number that nobody else in this test has. */
export function nextAccountNumber(): string {
  accounts += 1;
  return String(2_000_000_000 + accounts);
}

export async function addAccount(
  core: TestCore,
  person: SigningPerson,
  account: { bankCode: string; accountNumber: string },
): Promise<string> {
  const call = person.call();
  const approval = await signAction(core, person, call, { action: 'wallet.addPayoutAccount', ...account });
  return (await addPayoutAccount(core, call, { ...account, approval })).id;
}

export async function makePayoutPerson(
  core: TestCore,
  handle: string,
  given: { fundsMinor: bigint; hasCounter?: boolean },
): Promise<PayoutPerson> {
  const person = await makeSigningPerson(core, handle, given);
  const account = { bankCode: '058', accountNumber: nextAccountNumber() };
  const payoutAccountId = await addAccount(core, person, account);
  if (given.fundsMinor > 0n) await fundWallet(core, person.userId, given.fundsMinor);
  return { ...person, payoutAccountId };
}

/** Signs and takes an account away. */
export async function removeAccount(
  core: TestCore,
  person: SigningPerson,
  payoutAccountId: string,
): Promise<PayoutAccountView> {
  const call = person.call();
  const action = { action: 'wallet.removePayoutAccount', payoutAccountId } as const;
  const approval = await signAction(core, person, call, action);
  return removePayoutAccount(core, call, { payoutAccountId, approval });
}

/** The input of a withdrawal, signed for this call. */
export async function signWithdrawal(
  core: TestCore,
  person: PayoutPerson,
  call: Call,
  amountMinor: bigint,
): Promise<Withdraw & { approval: PasskeyApproval }> {
  const asked = { amountMinor, currency: 'NGN', payoutAccountId: person.payoutAccountId } as const;
  const approval = await signAction(core, person, call, { action: 'wallet.withdraw', ...asked });
  return { ...asked, approval };
}

/** Signs and withdraws. */
export async function withdrawNow(
  core: TestCore,
  person: PayoutPerson,
  amountMinor: bigint,
): Promise<Withdrawal> {
  const call = person.call();
  return withdraw(core, call, await signWithdrawal(core, person, call, amountMinor));
}
