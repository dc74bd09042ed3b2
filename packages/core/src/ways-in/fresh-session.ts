import type { Tx } from '@errand-dash/db';
import { after } from '../clock.ts';
import type { CommandContext } from '../command.ts';
import { orThrow, refuse } from '../refusal.ts';
import { requireUser, type UserViewer } from '../users/index.ts';

/**
 * The person who calls, if he signed in a short while ago: by what a person signs in is changed by nobody who found a
 * device that was left open. Refuses with `SESSION_MISSING` or `SESSION_NOT_FRESH`.
 */
export async function requireFreshSession(
  tx: Tx,
  { viewer, now, policy }: Pick<CommandContext, 'viewer' | 'now' | 'policy'>,
): Promise<UserViewer> {
  const person = orThrow(requireUser(viewer));
  const session = await tx
    .selectFrom('sessions')
    .where('id', '=', person.sessionId)
    .select('created_at')
    .executeTakeFirstOrThrow();
  const staleAt = after(session.created_at, policy.waysIn.freshSessionSeconds);
  return staleAt > now ? person : orThrow(refuse('SESSION_NOT_FRESH', {}));
}
