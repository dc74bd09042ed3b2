import type { Tx } from '@errand-dash/db';
import type { CommandContext, CommandEvent } from '../command.ts';
import { postOrThrow } from '../ledger.ts';
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
import { lockEscrow, saveEscrow } from './escrow.store.ts';

/** Which escrow pays, and who lets it. */
export interface EndEscrow {
  escrowId: string;
  by: EscrowActor;
}

/**
 * Pays the payee and gives the payer back her part of the whole in one set of transfers; the platform takes the
 * remainder. What was released in parts before is a part of the payee's and of the platform's. Inside another module's command. Answers the events to be told.
 */
export function releaseEscrow(
  tx: Tx,
  context: CommandContext,
  given: EndEscrow & { payeeMinor: bigint; payerMinor: bigint },
): Promise<CommandEvent[]> {
  return takeStep(tx, context, given, (escrow) => decideRelease(escrow, given.by, given, context.now));
}

/** Gives the payer everything back that is held, inside another module's command. Answers the events to be told. */
export function refundEscrow(tx: Tx, context: CommandContext, given: EndEscrow): Promise<CommandEvent[]> {
  return takeStep(tx, context, given, (escrow) => decideRefund(escrow, given.by, context.now));
}

/**
 * Pays the payee his part of the whole, less what he had of it, and the payer the rest, without a fee, inside another module's command.
 * Answers the events to be told.
 */
export function splitEscrow(
  tx: Tx,
  context: CommandContext,
  given: EndEscrow & { payeeMinor: bigint },
): Promise<CommandEvent[]> {
  return takeStep(tx, context, given, (escrow) => decideSplit(escrow, given.by, given, context.now));
}

/**
 * Pays the payee a part and the platform its fee for that; the rest stays in the escrow. Inside another module's
 * command. Answers the events to be told.
 */
export function releasePartOfEscrow(
  tx: Tx,
  context: CommandContext,
  given: EndEscrow & { payeeMinor: bigint; feeMinor: bigint },
): Promise<CommandEvent[]> {
  return takeStep(tx, context, given, (escrow) => decideReleasePart(escrow, given.by, given));
}

async function takeStep(
  tx: Tx,
  context: CommandContext,
  { escrowId }: EndEscrow,
  decide: (escrow: Escrow) => Decision<EscrowStep>,
): Promise<CommandEvent[]> {
  const { escrow, movement, event } = orThrow(decide(await lockEscrow(tx, escrowId)));
  await Promise.all([postOrThrow(tx, context, movement), saveEscrow(tx, escrow)]);
  return [event];
}
