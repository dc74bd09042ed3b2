import type { Tx } from '@errand-dash/db';
import type { CompiledQuery } from 'kysely';
import { type DevicePlace, type SignedIn, startSession } from '../auth/index.ts';
import type { CommandContext, CommandEvent } from '../command.ts';
import { getPersonWithKey } from '../users/index.ts';

/** Begins a session of a person who was found to be himself without a passkey. */
export async function enter(
  tx: Tx,
  context: CommandContext,
  userId: string,
  { deviceId, userAgent, networkAddress }: DevicePlace,
): Promise<{ result: SignedIn; events: CommandEvent[]; writes: CompiledQuery[] }> {
  const account = await getPersonWithKey(tx, context.core.keyring, userId);
  const given = { ...account, passkeyId: null, deviceId, userAgent, networkAddress };
  const { result, event, writes } = await startSession(context, given);
  return { result, events: [event], writes };
}
