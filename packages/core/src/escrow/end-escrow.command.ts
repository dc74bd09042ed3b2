import type { Tx } from '@errand-dash/db';
import type { CommandContext, EndOfCommand } from '../command.ts';
import { type Decision, orThrow } from '../refusal.ts';
import type { EscrowActor } from './escrow.machine.ts';
import {
  decideRefund,
  decideRelease,
  decideReleasePart,
  decideSplit,
  type Escrow,
  type EscrowStep,
} from './escrow.rules.ts';
import { lockEscrow, updateOfEscrow } from './escrow.store.ts';

/** Which escrow pays, and who lets it. */
export interface EndEscrow {
  escrowId: string;
  by: EscrowActor;
}

/**
 * Pays the payee and gives the payer back her part of the whole in one set of transfers; the platform takes the
 * remainder. What was released in parts before is a part of the payee's and of the platform's. Inside another module's
 * command, with its end.
 */
export function releaseEscrow(
  tx: Tx,
  context: CommandContext,
  given: EndEscrow & { payeeMinor: bigint; payerMinor: bigint },
): Promise<EndOfCommand> {
  return takeStep(tx, given, (escrow) => decideRelease(escrow, given.by, given, context.now));
}

/** Gives the payer everything back that is held, inside another module's command and with its end. */
export function refundEscrow(tx: Tx, context: CommandContext, given: EndEscrow): Promise<EndOfCommand> {
  return takeStep(tx, given, (escrow) => decideRefund(escrow, given.by, context.now));
}

/**
 * Pays the payee his part of the whole, less what he had of it, and the payer the rest, without a fee, inside another
 * module's command and with its end.
 */
export function splitEscrow(
  tx: Tx,
  context: CommandContext,
  given: EndEscrow & { payeeMinor: bigint },
): Promise<EndOfCommand> {
  return takeStep(tx, given, (escrow) => decideSplit(escrow, given.by, given, context.now));
}

/**
 * Pays the payee a part and the platform its fee for that; the rest stays in the escrow. Inside another module's
 * command, with its end.
 */
export function releasePartOfEscrow(
  tx: Tx,
  given: EndEscrow & { payeeMinor: bigint; feeMinor: bigint },
): Promise<EndOfCommand> {
  return takeStep(tx, given, (escrow) => decideReleasePart(escrow, given.by, given));
}

async function takeStep(
  tx: Tx,
  { escrowId }: EndEscrow,
  decide: (escrow: Escrow) => Decision<EscrowStep>,
): Promise<EndOfCommand> {
  const { escrow, movement, event } = orThrow(decide(await lockEscrow(tx, escrowId)));
  return { writes: [updateOfEscrow(escrow)], movements: [movement], events: [event] };
}
