import type { Tx } from '@errand-dash/db';
import type { CommandContext } from '../command.ts';
import { wasRecovered } from '../recovery/index.ts';
import { findCooling, lockPerson } from '../users/index.ts';

/**
 * What speaks against letting a person in who was found to be himself without a passkey, for the log; or null. Until the
 * end of the transaction nobody recovers the account, nor changes by what he signs in.
 */
export async function lockEntry(
  tx: Tx,
  { now }: Pick<CommandContext, 'now'>,
  userId: string,
): Promise<string | null> {
  await lockPerson(tx, userId);
  const person = await tx
    .selectFrom('users')
    .where('id', '=', userId)
    .select('suspended_at as suspendedAt')
    .executeTakeFirst();
  if (person === undefined || person.suspendedAt !== null) return 'the person is suspended';
  const cooling = await findCooling(tx, userId, now);
  // An identity or a password that a thief left behind would let him in again, and the owner cannot take it away yet.
  return cooling !== null && (await wasRecovered(tx, userId, cooling.since))
    ? 'the account cools after a recovery'
    : null;
}
