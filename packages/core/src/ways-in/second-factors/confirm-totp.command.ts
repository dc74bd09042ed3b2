import { type CommandOutcome, ceremony } from '../../command.ts';
import { orThrow, refuse } from '../../refusal.ts';
import { requireSettled, requireUser } from '../../users/index.ts';
import { requireSecondFactors } from '../require-way-in.ts';
import { findStep } from './spend-totp-code.ts';
import { lockTotp, saveConfirmedTotp } from './totp.store.ts';

/** Whether and since when codes of an authenticator app are asked for. */
export interface TotpState {
  totpConfirmedAt: Date | null;
}

/**
 * Turns an authenticator app on by one of its codes, which thereby is spent. Wrong ones are not counted: whoever asks
 * was shown the secret. Refuses with `WAY_IN_OFF`, `ACCOUNT_COOLING`, `TOTP_ENROLLED`, `CODE_SPENT` where none was begun, and `CODE_WRONG`.
 */
export const confirmTotp = ceremony(
  'auth.confirmTotp',
  async (tx, { code }: { code: string }, context): Promise<CommandOutcome<TotpState>> => {
    requireSecondFactors(context.core);
    const { userId } = orThrow(requireUser(context.viewer));
    await requireSettled(tx, userId, context.now);
    const factor = await lockTotp(tx, userId);
    if (factor === null) return orThrow(refuse('CODE_SPENT', {}));
    if (factor.confirmedAt !== null) return orThrow(refuse('TOTP_ENROLLED', {}));
    const step = await findStep(tx, context.core, factor, code, context.now);
    if (step === null) {
      return orThrow(refuse('CODE_WRONG', { triesLeft: context.policy.waysIn.secondFactorTriesMax }));
    }
    await saveConfirmedTotp(tx, userId, step, context.now);
    return {
      result: { totpConfirmedAt: context.now },
      events: [{ name: 'user.totp_confirmed', subject: { type: 'user', id: userId }, audience: [userId] }],
    };
  },
);
