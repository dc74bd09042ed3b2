import type { Tx } from '@errand-dash/db';
import { signedCommand } from '../../approvals/index.ts';
import { saveSessionsEnded } from '../../auth/index.ts';
import { after } from '../../clock.ts';
import { type CommandContext, type CommandOutcome, ceremony } from '../../command.ts';
import { isRefusal, orThrow, refuse } from '../../refusal.ts';
import { findAccountChangeRefusal, lockOwnAccount, requireUser } from '../../users/index.ts';
import { findPasswordSetAt } from '../passwords/password.store.ts';
import type { TotpState } from './confirm-totp.command.ts';
import { decideRate } from './second-factor.rules.ts';
import { countWrongTries, saveChallenge } from './second-factor.store.ts';
import { findSecondFactors } from './second-factor-kinds.ts';
import { signedTotpRemoval } from './signed-totp-removal.ts';
import { spendTotpCode } from './spend-totp-code.ts';
import { deleteTotp } from './totp.store.ts';

/**
 * Turns the authenticator app off, signed by a passkey, and ends all the person's other sessions: for who has lost the app. Also where second factors are
 * switched off by now. Refuses with `SIGNATURE_REFUSED`, `OBJECT_NOT_FOUND` where there is none, `ACCOUNT_COOLING`, and
 * `SECOND_FACTOR_NEEDED` where a password would be left without a second factor.
 */
export const removeTotp = signedCommand(signedTotpRemoval, (tx, _input, context) => remove(tx, context));

/**
 * Turns the authenticator app off by one of its codes, and ends all the person's other sessions: for who has no passkey.
 * A wrong code is counted, and where there is no app every code is wrong. Refuses with `CODE_WRONG`, `RATE_LIMITED`,
 * `ACCOUNT_COOLING`, and `SECOND_FACTOR_NEEDED` where a password would be left without a second factor.
 */
export const removeTotpByCode = ceremony(
  'auth.removeTotpByCode',
  async (tx, { code }: { code: string }, context): Promise<CommandOutcome<TotpState>> => {
    const viewer = orThrow(requireUser(context.viewer));
    const { userId } = viewer;
    const { core, now } = context;
    const policy = context.policy.waysIn;
    await lockOwnAccount(tx, viewer);
    const since = after(now, -policy.secondFactorWindowSeconds);
    const wrong = await countWrongTries(tx, userId, 'totp_removal', since);
    const limits = { ...policy, secondFactorWrongMax: policy.secondFactorTriesMax };
    const rate = decideRate(wrong, now, limits);
    if (isRefusal(rate)) return { refusal: rate };
    if (await spendTotpCode(tx, core, userId, code, now)) return remove(tx, context);
    await saveChallenge(tx, {
      id: context.newId(),
      userId,
      purpose: 'totp_removal',
      deviceIdHash: null,
      triesLeft: 0,
      wrongTries: 1,
      createdAt: now,
      expiresAt: after(now, policy.secondFactorSeconds),
      consumedAt: now,
    });
    const triesLeft = limits.secondFactorWrongMax - wrong.wrongTries - 1;
    context.audit({ subjects: [{ type: 'user', id: userId }], data: { triesLeft } });
    return { refusal: refuse('CODE_WRONG', { triesLeft }) };
  },
);

async function remove(tx: Tx, context: CommandContext): Promise<CommandOutcome<TotpState>> {
  const { userId, sessionId } = orThrow(requireUser(context.viewer));
  const cooling = await findAccountChangeRefusal(tx, context.viewer, context.now);
  if (cooling !== null) return { refusal: cooling };
  const otherKinds = (await findSecondFactors(tx, userId, context)).filter((kind) => kind !== 'totp');
  const hasPassword = (await findPasswordSetAt(tx, userId)) !== null;
  if (hasPassword && otherKinds.length === 0) return { refusal: refuse('SECOND_FACTOR_NEEDED', {}) };
  if (!(await deleteTotp(tx, userId))) return { refusal: refuse('OBJECT_NOT_FOUND', {}) };
  const others = { userId, exceptSessionId: sessionId };
  const sessionsEnded = (await saveSessionsEnded(tx, others, context.now, 'totp_removed')).length;
  const event = {
    name: 'user.totp_removed' as const,
    subject: { type: 'user', id: userId },
    audience: [userId],
    data: { sessionsEnded },
  };
  return { result: { totpConfirmedAt: null }, events: [event] };
}
