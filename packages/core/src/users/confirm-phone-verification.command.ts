import type { Tx } from '@errand-dash/db';
import { type CommandContext, type CommandOutcome, ceremony } from '../command.ts';
import { isRefusal, orThrow, refuse } from '../refusal.ts';
import { open } from '../sealing.ts';
import { requireUser } from './role.rules.ts';
import { targetPlace } from './start-phone-verification.command.ts';
import { getPerson, lockPhone, type Me, savePhone } from './user.store.ts';
import { decideAttempt } from './verification.rules.ts';
import {
  countWrongTry,
  findTargetIndex,
  lockVerification,
  spendVerification,
  type Verification,
} from './verification.store.ts';
import { hashCode, isRightCode } from './verification-code.ts';

export interface ConfirmPhoneVerification {
  verificationId: string;
  code: string;
}

/**
 * Makes the phone that a code was sent to the person's own. A wrong code is counted.
 * Refuses with `CODE_WRONG`, `CODE_SPENT`, `PHONE_TAKEN`, or `OBJECT_NOT_FOUND` for another person's verification.
 */
export const confirmPhoneVerification = ceremony(
  'users.confirmPhoneVerification',
  async (tx, input: ConfirmPhoneVerification, context): Promise<CommandOutcome<Me>> => {
    const { userId } = orThrow(requireUser(context.viewer));
    const verification = await lockInOrder(tx, input.verificationId, userId);
    if (verification === null) return { refusal: refuse('OBJECT_NOT_FOUND', {}) };
    const given = hashCode(
      context.core.keyring,
      { ...verification, verificationId: verification.id },
      input.code,
    );
    const decision = decideAttempt(verification, isRightCode(verification.codeHash, given), context.now);
    if (isRefusal(decision)) return { refusal: decision };
    if (decision === 'countWrong') {
      await countWrongTry(tx, verification.id);
      return { refusal: refuse('CODE_WRONG', { triesLeft: verification.triesLeft - 1 }) };
    }
    return takePhone(tx, context, verification);
  },
);

/** The phone before the verification, as sending a code does, or the two would wait for each other. */
async function lockInOrder(tx: Tx, verificationId: string, userId: string): Promise<Verification | null> {
  const targetIndex = await findTargetIndex(tx, verificationId, userId);
  if (targetIndex === null) return null;
  await lockPhone(tx, targetIndex);
  return lockVerification(tx, verificationId, userId);
}

async function takePhone(
  tx: Tx,
  context: CommandContext,
  verification: Verification,
): Promise<CommandOutcome<Me>> {
  const { userId } = verification;
  await spendVerification(tx, verification.id, context.now);
  const sealed = verification.targetSealed;
  const phone = open([context.dataKey()], targetPlace(verification.id), sealed).toString('utf8');
  if (!(await savePhone(tx, context, userId, phone))) return { refusal: refuse('PHONE_TAKEN', {}) };
  return {
    result: await getPerson(tx, context.core.keyring, userId),
    events: [{ name: 'user.phone_verified', subject: { type: 'user', id: userId }, audience: [userId] }],
  };
}
