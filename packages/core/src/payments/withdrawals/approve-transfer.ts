import type { Core } from '../../core.ts';
import { findWithdrawalByReference } from './withdrawal.store.ts';

/** A transfer about which the provider asks whether it is ours. */
export interface TransferToApprove {
  reference: string;
  amountMinor: bigint;
  /** Null where the provider does not say. */
  currency: string | null;
  recipientCode: string;
}

/**
 * Whether a transfer is one that we sent and that is still under way, to the kobo and to the payee. Whoever has only
 * our key at the provider can pay out nothing. The provider waits a few seconds, so it is one look at one row.
 */
export async function approveTransfer(core: Core, asked: TransferToApprove): Promise<boolean> {
  const withdrawal = await findWithdrawalByReference(core.db, asked.reference);
  const isOurs =
    withdrawal !== null &&
    (withdrawal.state === 'sending' || withdrawal.state === 'sent') &&
    withdrawal.amountMinor === asked.amountMinor &&
    (asked.currency === null || withdrawal.currency === asked.currency) &&
    withdrawal.recipientCode === asked.recipientCode;
  if (!isOurs) {
    core.log('error', 'a transfer that is not ours asked for approval', {
      withdrawalId: withdrawal?.id ?? null,
      state: withdrawal?.state ?? null,
    });
  }
  return isOurs;
}
