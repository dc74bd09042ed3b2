import type { Tx } from '@errand-dash/db';
import { after } from '../clock.ts';
import { type Command, type CommandContext, ceremony } from '../command.ts';
import { orThrow } from '../refusal.ts';
import { type SealedPlace, seal } from '../sealing.ts';
import { normalizePhone } from './phone-number.rules.ts';
import { requireUser } from './role.rules.ts';
import { lockPhone, phoneIndex } from './user.store.ts';
import { decideSend } from './verification.rules.ts';
import { findSendTimes, saveVerification } from './verification.store.ts';
import { hashCode, makeCode } from './verification-code.ts';

export interface StartPhoneVerification {
  phone: string;
}

/** A code that is on its way. */
export interface PhoneVerification {
  verificationId: string;
  expiresAt: Date;
  triesLeft: number;
}

/**
 * Sends a code to a phone; it ends the codes that the person was sent before. Whether another person has the
 * phone is not told here. Refuses with `PHONE_INVALID` or `RATE_LIMITED`.
 */
export const startPhoneVerification: Command<StartPhoneVerification, PhoneVerification> = async (
  core,
  call,
  input,
) => {
  const { phone, code, verification } = await commitVerification(core, call, input);
  const minutes = Math.round(core.policy.auth.codeSeconds / 60);
  try {
    // After the commit and in this process, so that the code is nowhere at rest. If it is lost he asks again.
    await core.sms.send(
      phone,
      `${code} is your ErrandDash code. It is good for ${minutes} minutes. Tell it to nobody.`,
    );
  } catch {
    core.log('error', 'a code was not sent', {
      verificationId: verification.verificationId,
      requestId: call.requestId,
    });
  }
  return verification;
};

const commitVerification = ceremony(
  'users.startPhoneVerification',
  async (tx, input: StartPhoneVerification, context) => {
    const { userId } = orThrow(requireUser(context.viewer));
    const phone = orThrow(normalizePhone(input.phone));
    return { result: await makeVerification(tx, context, userId, phone) };
  },
);

async function makeVerification(tx: Tx, context: CommandContext, userId: string, phone: string) {
  const { core, now } = context;
  const policy = context.policy.auth;
  const targetIndex = phoneIndex(core.keyring, phone);
  await lockPhone(tx, targetIndex);
  orThrow(decideSend(await findSendTimes(tx, targetIndex, policy.codesPerTargetMax), now, policy));
  const verificationId = context.newId();
  const code = makeCode(context.random);
  const purpose = 'verify_phone';
  const expiresAt = after(now, policy.codeSeconds);
  await saveVerification(tx, {
    id: verificationId,
    userId,
    purpose,
    targetSealed: seal(context.dataKey(), targetPlace(verificationId), phone, context.random),
    targetIndex,
    codeHash: hashCode(core.keyring, { verificationId, userId, purpose, targetIndex }, code),
    triesLeft: policy.codeTriesMax,
    createdAt: now,
    expiresAt,
    spentAt: null,
  });
  return { phone, code, verification: { verificationId, expiresAt, triesLeft: policy.codeTriesMax } };
}

/** Where the phone of a verification is sealed. */
export const targetPlace = (verificationId: string): SealedPlace => ({
  table: 'verifications',
  row: verificationId,
  column: 'target_sealed',
});
