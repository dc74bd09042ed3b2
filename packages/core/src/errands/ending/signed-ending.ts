import { formatId } from '@errand-dash/contract';
import type { Tx } from '@errand-dash/db';
import type { SignedAction, SignedTerms, Signer } from '../../approvals/index.ts';
import { type Decision, isRefusal, refuse } from '../../refusal.ts';
import { type Errand, partyIn } from '../errand.rules.ts';
import { lockErrand } from '../errand.store.ts';
import { decideCancel, decideConfirm, type Ending } from './ending.rules.ts';

/** What is signed when an errand is confirmed: all that leaves its escrow for others, and whose work it pays. */
export const signedConfirmation: SignedAction<'errands.confirm', 'from_amount'> = {
  name: 'errands.confirm',
  by: 'owner',
  means: ['passkey'],
  limit: 'from_amount',
  says: { amount: 'the reward and the goods money', payee: '`errand_<id>@user_<runner’s id>`' },
  derive: (tx, { errandId }, signer) => termsOfEnding(tx, errandId, signer, decideConfirm),
};

/** What is signed when an errand is cancelled: what the runner keeps of it. */
export const signedCancellation: SignedAction<'errands.cancel', 'from_amount'> = {
  name: 'errands.cancel',
  by: 'owner',
  means: ['passkey'],
  limit: 'from_amount',
  says: {
    amount: 'what the runner is paid by the cancellation table, 0 included',
    payee: '`errand_<id>@user_<runner’s id>`, or `errand_<id>` while there is no runner',
  },
  derive: (tx, { errandId, costMaxMinor }, signer) =>
    termsOfEnding(tx, errandId, signer, (errand, party, now) =>
      decideCancel(errand, party, now, costMaxMinor),
    ),
};

async function termsOfEnding(
  tx: Tx,
  errandId: string,
  { userId, now }: Signer,
  decide: (errand: Errand, actor: 'sender' | 'runner', now: Date) => Decision<Ending<unknown>>,
): Promise<Decision<SignedTerms>> {
  const errand = await lockErrand(tx, errandId);
  const party = partyIn(errand, userId);
  if (party === null) return refuse('OBJECT_NOT_FOUND', {});
  const ending = decide(errand, party, now);
  if (isRefusal(ending)) return ending;
  const { currency, runnerId } = errand;
  const subject = formatId('errand', errandId);
  const payee = runnerId === null ? subject : `${subject}@${formatId('user', runnerId)}`;
  return { amountMinor: ending.leavesMinor, currency, payee };
}
