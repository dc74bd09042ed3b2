import { timingSafeEqual } from 'node:crypto';
import type { Tx } from '@errand-dash/db';
import { CHALLENGE_BYTES, type RegistrationOptions, registrationOptions } from '../auth/index.ts';
import { type CommandContext, type CommandOutcome, ceremony } from '../command.ts';
import { isRefusal, refuse } from '../refusal.ts';
import { hashRecoveryCode, NOBODY, spendRecoveryCode } from '../users/index.ts';
import { hashContactCode } from './contact-codes.ts';
import { noteRecovery } from './note-recovery.ts';
import { decideProof, type GivenProof, type Recovery } from './recovery.rules.ts';
import { findContactIndexes, findRecovering, lockRecovery, saveRecovery } from './recovery.store.ts';

/** By what somebody proves that he is the person: a recovery code, or a code by phone and one by email together. */
export type ProveRecovery = { recoveryId: string } & (
  | { recoveryCode: string }
  | { phoneCode: string; emailCode: string }
);

/** What the authenticator of the new device is asked. Nobody else learns the challenge. */
export interface ProvenRecovery {
  options: RegistrationOptions;
  expiresAt: Date;
}

/**
 * Takes a proof, and asks the new device for a passkey. A wrong one is counted. The right one may be given again in
 * the same recovery, for who did not answer in time: a recovery code is spent for this recovery alone.
 * Refuses with `OBJECT_NOT_FOUND`, `CODE_WRONG` and `CODE_SPENT`.
 */
export const proveRecovery = ceremony(
  'recovery.prove',
  async (tx, input: ProveRecovery, context): Promise<CommandOutcome<ProvenRecovery>> => {
    const { now, policy } = context;
    const recovery = await lockRecovery(tx, input.recoveryId);
    if (recovery === null) return { refusal: refuse('OBJECT_NOT_FOUND', {}) };
    const challenge = context.random(CHALLENGE_BYTES);
    const isUsable = !isRefusal(decideProof(recovery, NO_PROOF, challenge, now, policy.recovery));
    // A code that is given to a recovery past use is not spent.
    if (!isUsable) {
      noteRecovery(context, recovery, { state: recovery.state, triesLeft: recovery.triesLeft });
      return { refusal: refuse('CODE_SPENT', {}) };
    }
    const proof = await compare(tx, context, recovery, input);
    const decision = decideProof(recovery, proof, challenge, now, policy.recovery);
    if (isRefusal(decision)) return { refusal: decision };
    await saveRecovery(tx, decision.recovery);
    const { triesLeft } = decision.recovery;
    // The right one too: it may have spent a code, and nobody may ever finish.
    noteRecovery(context, recovery, { factor: proof.factor, triesLeft });
    if (decision.kind === 'wrong') {
      return { refusal: refuse('CODE_WRONG', { triesLeft }) };
    }
    return ask(tx, context, decision.recovery, challenge);
  },
);

const NO_PROOF: GivenProof = { factor: 'contacts', hash: Buffer.alloc(32), isRight: false };

function compare(
  tx: Tx,
  context: CommandContext,
  recovery: Recovery,
  input: ProveRecovery,
): Promise<GivenProof> {
  return 'recoveryCode' in input
    ? compareRecoveryCode(tx, context, recovery, input.recoveryCode)
    : compareContacts(tx, context, recovery, input);
}

async function compareRecoveryCode(
  tx: Tx,
  context: CommandContext,
  recovery: Recovery,
  code: string,
): Promise<GivenProof> {
  const userId = recovery.userId ?? NOBODY;
  const hash = hashRecoveryCode(context.core.keyring, userId, code);
  const isSpent = await spendRecoveryCode(tx, context, userId, code);
  return { factor: 'recovery_code', hash, isRight: isSpent || isSame(recovery.factorHash, hash) };
}

async function compareContacts(
  tx: Tx,
  context: CommandContext,
  recovery: Recovery,
  given: { phoneCode: string; emailCode: string },
): Promise<GivenProof> {
  const { keyring } = context.core;
  const owner = { id: recovery.id, userId: recovery.userId ?? NOBODY };
  const { phone, email } = await findContactIndexes(tx, owner.userId);
  const none = Buffer.alloc(0);
  const phoneHash = hashContactCode(keyring, owner, 'phone', phone ?? none, given.phoneCode);
  const emailHash = hashContactCode(keyring, owner, 'email', email ?? none, given.emailCode);
  // Both are compared whatever comes of the first, and which of them was wrong is not told.
  const isPhone = isSame(recovery.phoneCodeHash, phoneHash);
  const isEmail = isSame(recovery.emailCodeHash, emailHash);
  const isInTime = recovery.codesExpireAt !== null && recovery.codesExpireAt > context.now;
  const isAgain = recovery.factor === 'contacts' && isSame(recovery.factorHash, phoneHash);
  return { factor: 'contacts', hash: phoneHash, isRight: isPhone && isEmail && (isInTime || isAgain) };
}

function isSame(stored: Uint8Array | null, given: Uint8Array): boolean {
  const isEqual = timingSafeEqual(stored ?? Buffer.alloc(given.length), given);
  return stored !== null && isEqual;
}

async function ask(
  tx: Tx,
  { core, policy }: CommandContext,
  recovery: Recovery,
  challenge: Uint8Array,
): Promise<CommandOutcome<ProvenRecovery>> {
  const person = await findRecovering(tx, recovery.userId ?? NOBODY);
  // Suspended meanwhile. The proof is kept as given; it leads nowhere.
  if (person === null) return { refusal: refuse('CODE_SPENT', {}) };
  const { challengeSeconds } = policy.recovery;
  const options = registrationOptions(core.auth, person, challenge, challengeSeconds);
  return { result: { options, expiresAt: recovery.challengeExpiresAt ?? recovery.expiresAt } };
}
