import { saveSessionsEnded } from '../../auth/index.ts';
import { after } from '../../clock.ts';
import { type CommandOutcome, ceremony } from '../../command.ts';
import { MESSAGES_QUEUE } from '../../messages/index.ts';
import { orThrow, refuse } from '../../refusal.ts';
import { lockOwnAccount, requireSettled, requireUser, tellContacts } from '../../users/index.ts';
import { requireSecondFactors } from '../require-way-in.ts';
import { totpConfirmedMessage } from '../way-in-messages.rules.ts';
import { findStep } from './spend-totp-code.ts';
import { countWrongTotp, lockTotp, saveConfirmedTotp } from './totp.store.ts';

/** Whether and since when codes of an authenticator app are asked for. */
export interface TotpState {
  totpConfirmedAt: Date | null;
}

/**
 * Turns an authenticator app on by one of its codes, which thereby is spent, ends all the person's other sessions, and
 * tells his phone and email address. A wrong code is counted; after the last try another app is to be begun. Refuses
 * with `WAY_IN_OFF`, `ACCOUNT_COOLING`, `TOTP_ENROLLED`, `CODE_WRONG`, and `CODE_SPENT` where none was begun lately.
 */
export const confirmTotp = ceremony(
  'auth.confirmTotp',
  async (tx, { code }: { code: string }, context): Promise<CommandOutcome<TotpState>> => {
    requireSecondFactors(context.core);
    const viewer = orThrow(requireUser(context.viewer));
    const { userId, sessionId } = viewer;
    const { now } = context;
    const policy = context.policy.waysIn;
    await lockOwnAccount(tx, viewer);
    await requireSettled(tx, userId, now);
    const factor = await lockTotp(tx, userId);
    if (factor !== null && factor.confirmedAt !== null) return orThrow(refuse('TOTP_ENROLLED', {}));
    const isOpen = factor !== null && after(factor.begunAt, policy.totpConfirmSeconds) > now;
    const triesLeft = policy.secondFactorTriesMax - (factor?.wrongTries ?? 0);
    if (!isOpen || triesLeft <= 0) return orThrow(refuse('CODE_SPENT', {}));
    const step = await findStep(tx, context.core, factor, code, now);
    if (step === null) {
      await countWrongTotp(tx, userId);
      return { refusal: refuse('CODE_WRONG', { triesLeft: triesLeft - 1 }) };
    }
    await saveConfirmedTotp(tx, userId, step, now);
    const others = { userId, exceptSessionId: sessionId };
    const sessionsEnded = (await saveSessionsEnded(tx, others, now, 'totp_confirmed')).length;
    await tellContacts(tx, context, userId, {
      kind: 'totp_confirmed',
      expiresAt: after(now, context.policy.recovery.noticeSeconds),
      textFor: (channel) => totpConfirmedMessage(channel, now),
    });
    const event = {
      name: 'user.totp_confirmed' as const,
      subject: { type: 'user', id: userId },
      audience: [userId],
      data: { sessionsEnded },
    };
    return { result: { totpConfirmedAt: now }, events: [event], wake: [MESSAGES_QUEUE] };
  },
);
