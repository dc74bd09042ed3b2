import type { Tx } from '@errand-dash/db';
import { after } from '../../clock.ts';
import { type CommandContext, type CommandOutcome, ceremony } from '../../command.ts';
import { type Channel, MESSAGES_QUEUE, queueMessage } from '../../messages/index.ts';
import { isRefusal, orThrow, refuse } from '../../refusal.ts';
import { open } from '../../sealing.ts';
import { lockOwnAccount } from '../lock-own-account.ts';
import { requireSettled } from '../require-settled.ts';
import { requireUser } from '../role.rules.ts';
import { getPerson, type Me } from '../user.store.ts';
import { replacedMessage } from './code-message.rules.ts';
import { findContacts, lockContact, saveContact } from './contact.store.ts';
import { targetPlace } from './start-verification.command.ts';
import { decideAttempt } from './verification.rules.ts';
import {
  countWrongTry,
  findTargetIndex,
  lockVerification,
  purposeOf,
  spendVerification,
  type Verification,
  type VerificationKey,
} from './verification.store.ts';
import { hashCode, isRightCode } from './verification-code.ts';

export interface ConfirmVerification {
  channel: Channel;
  verificationId: string;
  code: string;
}

/**
 * Makes the phone or email address that a code was sent to the person's own. A wrong code is counted.
 * Refuses with `ACCOUNT_COOLING`, `CODE_WRONG`, `CODE_SPENT`, `CONTACT_TAKEN`, or `OBJECT_NOT_FOUND` for a
 * verification of another person or by another channel.
 */
export const confirmVerification = ceremony(
  'users.confirmVerification',
  async (tx, input: ConfirmVerification, context): Promise<CommandOutcome<Me>> => {
    const viewer = orThrow(requireUser(context.viewer));
    const { userId } = viewer;
    await lockOwnAccount(tx, viewer);
    await requireSettled(tx, userId, context.now);
    const key = { id: input.verificationId, userId, purpose: purposeOf(input.channel) };
    const verification = await lockInOrder(tx, key);
    if (verification === null) return { refusal: refuse('OBJECT_NOT_FOUND', {}) };
    const binding = { ...verification, verificationId: verification.id };
    const given = hashCode(context.core.keyring, binding, input.code);
    const decision = decideAttempt(verification, isRightCode(verification.codeHash, given), context.now);
    if (isRefusal(decision)) return { refusal: decision };
    if (decision === 'countWrong') {
      await countWrongTry(tx, verification.id);
      return { refusal: refuse('CODE_WRONG', { triesLeft: verification.triesLeft - 1 }) };
    }
    return takeContact(tx, context, input.channel, verification);
  },
);

/** The contact before the verification, and the person before both, as sending a code does, or the two would wait for each other. */
async function lockInOrder(tx: Tx, key: VerificationKey): Promise<Verification | null> {
  const targetIndex = await findTargetIndex(tx, key);
  if (targetIndex === null) return null;
  await lockContact(tx, targetIndex);
  return lockVerification(tx, key);
}

async function takeContact(
  tx: Tx,
  context: CommandContext,
  channel: Channel,
  verification: Verification,
): Promise<CommandOutcome<Me>> {
  const { id, userId, targetSealed } = verification;
  await spendVerification(tx, id, context.now);
  const contact = open([context.dataKey()], targetPlace(id), targetSealed).toString('utf8');
  const earlier = (await findContacts(tx, userId, context.dataKey()))[channel];
  const isTaken = !(await saveContact(tx, context, userId, channel, contact));
  if (isTaken) return { refusal: refuse('CONTACT_TAKEN', { channel }) };
  if (earlier !== null && earlier !== contact)
    await tellEarlierContact(tx, context, userId, channel, earlier);
  return {
    result: await getPerson(tx, context.core.keyring, userId),
    events: [{ name: `user.${channel}_verified`, subject: { type: 'user', id: userId }, audience: [userId] }],
    wake: [MESSAGES_QUEUE],
  };
}

/** Who took a session reads its notices; who lost it is reached here alone. */
async function tellEarlierContact(
  tx: Tx,
  context: CommandContext,
  userId: string,
  channel: Channel,
  to: string,
): Promise<void> {
  const expiresAt = after(context.now, context.policy.recovery.noticeSeconds);
  const kind = `${channel}_replaced`;
  const { subject, text } = replacedMessage(channel);
  await queueMessage(tx, context, {
    ...{ userId, dataKey: context.dataKey(), channel, kind, to, expiresAt, text },
    subject: channel === 'email' ? subject : null,
  });
}
