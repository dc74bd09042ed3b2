import type { Tx } from '@errand-dash/db';
import { after } from '../clock.ts';
import type { CommandContext } from '../command.ts';
import { orThrow, refuse } from '../refusal.ts';
import { requireUser, type UserViewer } from '../users/index.ts';
import { findTotpConfirmedAt } from './second-factors/totp.store.ts';

/**
 * The person who calls, if he signed in a short while ago: by what a person signs in is changed by nobody who found a
 * device that was left open. Refuses with `SESSION_MISSING` or `SESSION_NOT_FRESH`.
 */
export const requireFreshSession = async (tx: Tx, context: Context): Promise<UserViewer> =>
  (await findFreshSession(tx, context)).person;

/**
 * As {@link requireFreshSession}, in a session that began after the person's authenticator app was set up, if he has
 * one, so that its code was asked for.
 */
export async function requireProvenSession(tx: Tx, context: Context): Promise<UserViewer> {
  const { person, createdAt } = await findFreshSession(tx, context);
  const totpConfirmedAt = await findTotpConfirmedAt(tx, person.userId);
  const isProven = totpConfirmedAt === null || totpConfirmedAt < createdAt;
  return isProven ? person : orThrow(refuse('SESSION_NOT_FRESH', {}));
}

type Context = Pick<CommandContext, 'viewer' | 'now' | 'policy'>;

async function findFreshSession(
  tx: Tx,
  { viewer, now, policy }: Context,
): Promise<{ person: UserViewer; createdAt: Date }> {
  const person = orThrow(requireUser(viewer));
  const { createdAt } = await tx
    .selectFrom('sessions')
    .where('id', '=', person.sessionId)
    .select('created_at as createdAt')
    .executeTakeFirstOrThrow();
  const staleAt = after(createdAt, policy.waysIn.freshSessionSeconds);
  return staleAt > now ? { person, createdAt } : orThrow(refuse('SESSION_NOT_FRESH', {}));
}
