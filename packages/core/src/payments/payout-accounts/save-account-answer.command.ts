import { command } from '../../command.ts';
import { findDataKeys } from '../../find-data-keys.ts';
import { type AccountAnswer, decideAnswer, payoutAccountEvent } from './payout-account.rules.ts';
import { lockPayoutAccount, savePayoutAccount } from './payout-account.store.ts';
import { sealAccountName } from './sealed-account.ts';

export interface SaveAccountAnswer {
  payoutAccountId: string;
  answer:
    | { outcome: 'known'; recipientCode: string; bankName: string | null; accountName: string }
    | { outcome: 'absent' }
    | { outcome: 'refused'; code: string };
}

/** Saves what bank and provider said of an account. A late answer changes only what it still may. */
export const saveAccountAnswer = command(
  'payout_account.saveAnswer',
  async (tx, { payoutAccountId, answer }: SaveAccountAnswer, context) => {
    const { core, now } = context;
    const account = await lockPayoutAccount(tx, payoutAccountId);
    if (account === null) throw new Error('no such payout account');
    const key = (await findDataKeys(tx, core, [account.userId])).get(account.userId);
    if (key === undefined) return { result: false };
    const sealed: AccountAnswer =
      answer.outcome === 'known'
        ? {
            ...answer,
            accountNameSealed: sealAccountName(key, account.id, answer.accountName, context.random),
          }
        : answer;
    const changed = decideAnswer(account, sealed, now);
    if (changed === null) return { result: false };
    await savePayoutAccount(tx, changed);
    return { result: true, events: [payoutAccountEvent(changed)] };
  },
);
