import type { Tx } from '@errand-dash/db';
import type { CommandContext } from '../../command.ts';
import { replaceCodeHashes, spendCodeHash } from './recovery-code.store.ts';
import { hashRecoveryCode, makeRecoveryCode } from './recovery-code.ts';

/**
 * Spends a recovery code of this person's, typed in any usual form, inside another module's command. False where it
 * is none of his, or was spent. Who calls counts the tries; nobody guesses a code in any number of them.
 */
export const spendRecoveryCode = (
  tx: Tx,
  { core, now }: Pick<CommandContext, 'core' | 'now'>,
  userId: string,
  code: string,
): Promise<boolean> => spendCodeHash(tx, userId, hashRecoveryCode(core.keyring, userId, code), now);

/** Gives a person so many fresh codes, which replace all earlier ones. They are kept nowhere but as hashes. */
export async function replaceRecoveryCodes(
  tx: Tx,
  context: Pick<CommandContext, 'core' | 'now' | 'newId' | 'random'>,
  userId: string,
  count: number,
): Promise<string[]> {
  const codes = Array.from({ length: count }, () => makeRecoveryCode(context.random));
  const hashed = codes.map((code) => ({
    id: context.newId(),
    hash: hashRecoveryCode(context.core.keyring, userId, code),
  }));
  await replaceCodeHashes(tx, userId, hashed, context.now);
  return codes;
}
