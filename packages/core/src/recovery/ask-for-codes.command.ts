import { ceremony } from '../command.ts';
import { networkOf } from '../network-of.rules.ts';
import { orThrow, refuse } from '../refusal.ts';
import { blindIndex } from '../sealing.ts';
import { noteRecovery } from './note-recovery.ts';
import { decideAskForCodes } from './recovery.rules.ts';
import { lockRecovery, saveRecovery } from './recovery.store.ts';

/** The queue that is woken when codes are to be made for a recovery. */
export const RECOVERY_CODES_QUEUE = 'make-recovery-codes';

export interface AskForCodes {
  recoveryId: string;
  /** Empty where it is not known. */
  networkAddress: string;
}

/**
 * Asks for a code to the verified phone and another to the verified email address, once in a recovery. The worker
 * makes them, if there is somebody to send them to, so that this answers alike and as fast for everybody. How many are
 * sent is counted by the network from which they are asked for, so that nobody uses up those of another.
 * Refuses with `OBJECT_NOT_FOUND` and, once the recovery is past use, `CODE_SPENT`.
 */
export const askForCodes = ceremony('recovery.sendCodes', async (tx, input: AskForCodes, context) => {
  const { core, now, policy } = context;
  const found = await lockRecovery(tx, input.recoveryId);
  if (found === null) return orThrow(refuse('OBJECT_NOT_FOUND', {}));
  noteRecovery(context, found);
  const asker = blindIndex(core.keyring, 'recoveries.asker_hash', networkOf(input.networkAddress));
  const asked = orThrow(decideAskForCodes(found, asker, now, policy.auth.codeSeconds));
  await saveRecovery(tx, asked);
  return { result: { expiresAt: asked.codesExpireAt ?? asked.expiresAt }, wake: [RECOVERY_CODES_QUEUE] };
});
