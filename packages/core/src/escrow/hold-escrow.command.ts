import type { Tx } from '@errand-dash/db';
import type { CommandContext, CommandEvent } from '../command.ts';
import { postOrThrow } from '../ledger.ts';
import { decideHold, type NewEscrow } from './escrow.rules.ts';
import { insertEscrow } from './escrow.store.ts';

/**
 * Opens an escrow with the payer's money, inside another module's command. Answers the events to be told.
 * Refuses with `FUNDS_INSUFFICIENT`.
 */
export async function holdEscrow(tx: Tx, context: CommandContext, given: NewEscrow): Promise<CommandEvent[]> {
  const { escrow, movement, event } = decideHold(given, context.now);
  await Promise.all([insertEscrow(tx, escrow), postOrThrow(tx, context, movement)]);
  return [event];
}
