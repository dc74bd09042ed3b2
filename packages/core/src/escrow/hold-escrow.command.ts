import type { CommandContext, EndOfCommand } from '../command.ts';
import { decideHold, type NewEscrow } from './escrow.rules.ts';
import { insertionOfEscrow } from './escrow.store.ts';

/**
 * Opens an escrow with the payer's money, inside another module's command and with its end. Refuses then with
 * `FUNDS_INSUFFICIENT`.
 */
export function holdEscrow(context: CommandContext, given: NewEscrow): EndOfCommand {
  const { escrow, movement, event } = decideHold(given, context.now);
  return { writes: [insertionOfEscrow(escrow)], movements: [movement], events: [event] };
}
