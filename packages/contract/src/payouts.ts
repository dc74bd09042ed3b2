import { z } from 'zod';
import { approvalIn } from './approvals.ts';
import { idIn, idOut } from './ids.ts';
import { amountMinorIn, amountMinorOut, currency } from './money.ts';
import { cursor, pageLimit } from './pages.ts';

export const bank = z.strictObject({ code: z.string(), name: z.string() });
export const banks = z.strictObject({ banks: z.array(bank) });

/** A bank's code as the provider lists it, and a NUBAN account number. Both are text: they may begin with 0. */
export const bankAccountIn = z.strictObject({
  bankCode: z.string().regex(/^[A-Za-z0-9]{3,9}$/, { error: 'must be the bank code of the list of banks' }),
  accountNumber: z.string().regex(/^\d{10}$/, { error: 'must be ten digits' }),
});
export type BankAccount = z.output<typeof bankAccountIn>;

/** Whose account it is, as the bank says, so that the person can see it before he signs. */
export const resolvedBankAccount = z.strictObject({ accountName: z.string() });

export const payoutAccountStates = ['created', 'active', 'refused', 'removed'] as const;
export type PayoutAccountState = (typeof payoutAccountStates)[number];

export const addPayoutAccountIn = z.strictObject({ ...bankAccountIn.shape, approval: approvalIn });
export const payoutAccount = z.strictObject({
  payoutAccountId: idOut('payoutAccount'),
  state: z.enum(payoutAccountStates),
  /** Null until the bank has answered. */
  bankName: z.string().nullable(),
  /** All but the last four digits are hidden. */
  accountNumberMasked: z.string(),
  /** Null until the bank has answered. */
  accountName: z.string().nullable(),
  /** Withdrawals to it are taken from this instant on. */
  usableAt: z.date(),
  createdAt: z.date(),
});
export type PayoutAccount = z.infer<typeof payoutAccount>;
export const payoutAccounts = z.strictObject({ payoutAccounts: z.array(payoutAccount) });
export const removePayoutAccountIn = z.strictObject({
  payoutAccountId: idIn('payoutAccount'),
  approval: approvalIn,
});

export const withdrawalStates = ['requested', 'sending', 'sent', 'paid', 'returned', 'reversed'] as const;
export type WithdrawalState = (typeof withdrawalStates)[number];

export const withdrawIn = z.strictObject({
  amountMinor: amountMinorIn,
  currency,
  payoutAccountId: idIn('payoutAccount'),
  approval: approvalIn,
});
export type Withdraw = z.output<typeof withdrawIn>;

export const withdrawal = z.strictObject({
  withdrawalId: idOut('withdrawal'),
  state: z.enum(withdrawalStates),
  amountMinor: amountMinorOut,
  currency,
  payoutAccountId: idOut('payoutAccount'),
  requestedAt: z.date(),
  endedAt: z.date().nullable(),
});
export type Withdrawal = z.infer<typeof withdrawal>;
export const getWithdrawalIn = z.strictObject({ withdrawalId: idIn('withdrawal') });
export const listWithdrawalsIn = z.strictObject({ limit: pageLimit, cursor: cursor.optional() });
export const withdrawalPage = z.strictObject({
  withdrawals: z.array(withdrawal),
  nextCursor: z.string().nullable(),
});
