import type { Receipt as PresentedReceipt } from '@errand-dash/contract';
import type { Receipt } from './get-receipts.query.ts';

/** A receipt as JSON has it. */
export function presentReceipt(receipt: Receipt): PresentedReceipt {
  const { transfer, own } = receipt;
  return {
    ...receipt,
    transfer: {
      ...transfer,
      amountMinor: Number(transfer.amountMinor),
      currency: transfer.currency as PresentedReceipt['transfer']['currency'],
    },
    own: own.map(({ account, ...side }) => ({
      ...side,
      account: { ...account, currency: account.currency as PresentedReceipt['transfer']['currency'] },
      balanceMinor: side.balanceMinor === null ? null : Number(side.balanceMinor),
      version: side.version === null ? null : Number(side.version),
    })),
  };
}
