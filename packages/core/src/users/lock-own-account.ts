import type { Tx } from '@errand-dash/db';
import { orThrow, refuse } from '../refusal.ts';
import type { UserViewer } from './role.rules.ts';
import { findSessionStanding, lockPerson } from './standing.store.ts';

/**
 * Makes others who change what the person who calls may do, or the ways into his account, wait until the end of the
 * transaction. Refuses with `SESSION_ENDED` and `USER_SUSPENDED`, also where that came about while this call waited:
 * whoever ends other sessions is rid of what they have in flight, too.
 */
export async function lockOwnAccount(
  tx: Tx,
  { userId, sessionId }: Pick<UserViewer, 'userId' | 'sessionId'>,
): Promise<void> {
  // The second is answered after the first, and so sees what was committed while that one waited.
  const [, standing] = await Promise.all([lockPerson(tx, userId), findSessionStanding(tx, sessionId)]);
  if (standing === null) orThrow(refuse('SESSION_ENDED', {}));
  if (standing?.isSuspended) orThrow(refuse('USER_SUSPENDED', {}));
}
