import type { ApprovalAction } from '@errand-dash/contract';
import type { Tx } from '@errand-dash/db';
import { after } from '../../clock.ts';
import type { CommandContext } from '../../command.ts';
import { isRefusal, type Refusal, refuse } from '../../refusal.ts';
import type { SignedAction, SignedInput } from '../signing/signed-action.ts';
import { signedTermsOf } from '../signing/signed-terms.ts';
import { countUnsignedAct } from './unsigned-act.store.ts';

/**
 * Lets a person do without a signature what stays below both limits, and counts it. The limits are not frozen with
 * what they concern: they guard a stolen session, and lowering them must act at once.
 * Refuses with `SIGNATURE_NEEDED`, and with what the action's own terms refuse with.
 */
export async function requireBelowLimits<A extends ApprovalAction>(
  tx: Tx,
  context: CommandContext,
  action: SignedAction<A, 'from_amount'>,
  input: SignedInput<A>,
): Promise<Refusal | null> {
  const { viewer, now, policy, dataKey } = context;
  // The clock and the provider hold no session that could be stolen.
  if (viewer.kind !== 'user') return null;
  const { userId, sessionId } = viewer;
  const terms = await signedTermsOf(tx, action, input, { userId, sessionId, dataKey, now });
  if (isRefusal(terms)) return terms;
  const { amountMinor, currency } = terms;
  if (amountMinor === null || currency === null || amountMinor === 0n) return null;
  const needed = (limit: 'single' | 'rolling', limitMinor: bigint) =>
    refuse('SIGNATURE_NEEDED', {
      action: action.name,
      amountMinor: Number(amountMinor),
      currency,
      limit,
      limitMinor: Number(limitMinor),
    });
  if (amountMinor >= policy.signatureFromMinor) return needed('single', policy.signatureFromMinor);
  const act = { id: context.newId(), userId, action: action.name, amountMinor, currency, actedAt: now };
  const countedFrom = after(now, -policy.signatureRollingSeconds);
  const limitMinor = policy.signatureRollingFromMinor;
  const isBelow = await countUnsignedAct(tx, act, { countedFrom, limitMinor });
  return isBelow ? null : needed('rolling', limitMinor);
}
