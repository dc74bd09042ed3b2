import type { Tx } from '@errand-dash/db';
import { after } from '../../clock.ts';
import { type CommandContext, ceremony } from '../../command.ts';
import { type Channel, MESSAGES_QUEUE, queueMessage } from '../../messages/index.ts';
import { orThrow } from '../../refusal.ts';
import { type SealedPlace, seal } from '../../sealing.ts';
import { lockOwnAccount } from '../lock-own-account.ts';
import { requireSettled } from '../require-settled.ts';
import { requireUser } from '../role.rules.ts';
import { codeMessage } from './code-message.rules.ts';
import { contactForms } from './contact.rules.ts';
import { contactIndex, findContactOwner, lockContact } from './contact.store.ts';
import { decideSend } from './verification.rules.ts';
import { findEarlierCodes, purposeOf, saveVerification } from './verification.store.ts';
import { hashCode, makeCode } from './verification-code.ts';

export interface StartVerification {
  channel: Channel;
  /** A phone number or an email address, in any usual form. */
  contact: string;
}

/** A code that is on its way. */
export interface ContactVerification {
  verificationId: string;
  expiresAt: Date;
  triesLeft: number;
}

/**
 * Sends a code to a phone or an email address; it ends the code that the person was sent before by the same channel.
 * Whether another person has the contact is not told here: the code goes out all the same, and only who reads it
 * learns, by confirming. Refuses with `PHONE_INVALID`, `EMAIL_INVALID`, `ACCOUNT_COOLING` or `RATE_LIMITED`.
 */
export const startVerification = ceremony(
  'users.startVerification',
  async (tx, input: StartVerification, context) => {
    const viewer = orThrow(requireUser(context.viewer));
    const { userId } = viewer;
    const contact = orThrow(contactForms[input.channel].normalize(input.contact));
    // The person before the target, as confirming does.
    await lockOwnAccount(tx, viewer);
    await requireSettled(tx, userId, context.now);
    const result = await sendCode(tx, context, { userId, channel: input.channel, contact });
    return { result, wake: [MESSAGES_QUEUE] };
  },
);

interface CodeTarget {
  userId: string;
  channel: Channel;
  contact: string;
}

async function sendCode(tx: Tx, context: CommandContext, target: CodeTarget): Promise<ContactVerification> {
  const { core, now } = context;
  const { userId, channel, contact } = target;
  const policy = context.policy.auth;
  const targetIndex = contactIndex(core.keyring, channel, contact);
  await lockContact(tx, targetIndex);
  const earlier = await findEarlierCodes(tx, targetIndex, after(now, -policy.codeWindowSeconds));
  const isOwner = (await findContactOwner(tx, channel, targetIndex)) === userId;
  orThrow(decideSend(earlier, { userId, isOwner }, now, policy));
  const verificationId = context.newId();
  const code = makeCode(context.random);
  const purpose = purposeOf(channel);
  const expiresAt = after(now, policy.codeSeconds);
  await saveVerification(tx, {
    id: verificationId,
    userId,
    purpose,
    targetSealed: seal(context.dataKey(), targetPlace(verificationId), contact, context.random),
    targetIndex,
    codeHash: hashCode(core.keyring, { verificationId, userId, purpose, targetIndex }, code),
    triesLeft: policy.codeTriesMax,
    createdAt: now,
    expiresAt,
    spentAt: null,
  });
  const message = codeMessage(code, policy.codeSeconds);
  await queueMessage(tx, context, {
    userId,
    dataKey: context.dataKey(),
    channel,
    kind: purpose,
    to: contact,
    subject: channel === 'email' ? message.subject : null,
    text: message.text,
    expiresAt,
  });
  return { verificationId, expiresAt, triesLeft: policy.codeTriesMax };
}

/** Where the target of a verification is sealed. */
export const targetPlace = (verificationId: string): SealedPlace => ({
  table: 'verifications',
  row: verificationId,
  column: 'target_sealed',
});
