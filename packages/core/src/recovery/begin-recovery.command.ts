import { ceremony } from '../command.ts';
import { noteRecovery } from './note-recovery.ts';
import { newRecovery } from './recovery.rules.ts';
import { findRecoverable, insertRecovery } from './recovery.store.ts';

/** A recovery that waits for a proof. */
export interface BegunRecovery {
  recoveryId: string;
  triesLeft: number;
  expiresAt: Date;
}

/**
 * Begins to bring a person back who has no passkey any more. For a name that nobody has, and for a suspended person,
 * everything goes the same way, and no proof is right.
 */
export const beginRecovery = ceremony('recovery.begin', async (tx, input: { handle: string }, context) => {
  const userId = await findRecoverable(tx, input.handle);
  const recovery = newRecovery({ id: context.newId(), userId }, context.now, context.policy.recovery);
  await insertRecovery(tx, recovery);
  noteRecovery(context, recovery);
  const { id: recoveryId, triesLeft, expiresAt } = recovery;
  const result: BegunRecovery = { recoveryId, triesLeft, expiresAt };
  return { result };
});
