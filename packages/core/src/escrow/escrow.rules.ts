import type { Currency, EscrowState } from '@errand-dash/contract';
import type { CommandEvent } from '../command.ts';
import type { Movement } from '../ledger.ts';
import { type Decision, isRefusal, refuse } from '../refusal.ts';
import { allowedEvents, decideTransition } from '../state-machine.ts';
import { type EscrowActor, type EscrowEvent, escrowMachine } from './escrow.machine.ts';

/** Money that waits for the end of what it is held for. */
export interface Escrow {
  escrowId: string;
  state: EscrowState;
  currency: Currency;
  /** What was held at the beginning. */
  amountMinor: bigint;
  /** What has left it in parts. The rest leaves at once, at the end. */
  partsReleasedMinor: bigint;
  /** How much of that was the platform's; the rest of it was the payee's. */
  partsFeeMinor: bigint;
  payerId: string;
  payeeId: string | null;
  /** What the money is held for. */
  cause: { type: 'errand'; id: string };
  createdAt: Date;
  endedAt: Date | null;
}

/** A step of an escrow: the row as it becomes, what goes where, and what is told. */
export interface EscrowStep {
  escrow: Escrow;
  movement: Movement;
  event: CommandEvent;
}

export type NewEscrow = Pick<Escrow, 'escrowId' | 'currency' | 'amountMinor' | 'payerId' | 'cause'>;

/** What is held now. */
export const heldMinorOf = (escrow: Escrow): bigint => (escrow.state === 'held' ? restOf(escrow) : 0n);

const restOf = (escrow: Escrow): bigint => escrow.amountMinor - escrow.partsReleasedMinor;

/** Takes the money out of the payer's wallet. */
export function decideHold(given: NewEscrow, now: Date): EscrowStep {
  const escrow: Escrow = {
    ...given,
    state: 'held',
    partsReleasedMinor: 0n,
    partsFeeMinor: 0n,
    payeeId: null,
    createdAt: now,
    endedAt: null,
  };
  const { amountMinor, payerId } = escrow;
  return {
    escrow,
    movement: {
      kind: 'escrow.hold',
      cause: escrow.cause,
      transfers: [{ debit: walletOf(escrow, payerId), credit: heldOf(escrow), amountMinor }],
    },
    event: eventOf(escrow, 'escrow.held', { amountMinor }),
  };
}

/** Names the one who will be paid. Refuses when somebody is named already. */
export function decideAssign(escrow: Escrow, payeeId: string): Decision<Escrow> {
  if (escrow.payeeId !== null) return refuseStep(escrow, 'assign', 'payee');
  return move(escrow, 'assign', 'payee', (state) => ({ ...escrow, state, payeeId }));
}

/** Names nobody any more. Refuses when the one who is named has been paid a part. */
export function decideUnassign(escrow: Escrow, actor: EscrowActor): Decision<Escrow> {
  if (escrow.partsReleasedMinor > 0n) return refuseStep(escrow, 'unassign', actor);
  return move(escrow, 'unassign', actor, (state) => ({ ...escrow, state, payeeId: null }));
}

/**
 * Pays the payee a part, and the platform its fee for that; the rest stays. Refuses with `AMOUNT_TOO_LARGE` a part that
 * would leave nothing: that is a release.
 */
export function decideReleasePart(
  escrow: Escrow,
  actor: EscrowActor,
  { payeeMinor, feeMinor }: { payeeMinor: bigint; feeMinor: bigint },
): Decision<EscrowStep> {
  const partMinor = payeeMinor + feeMinor;
  const parted = move(escrow, 'releasePart', actor, (state) => ({
    ...escrow,
    state,
    partsReleasedMinor: escrow.partsReleasedMinor + partMinor,
    partsFeeMinor: escrow.partsFeeMinor + feeMinor,
  }));
  if (isRefusal(parted)) return parted;
  const { payeeId, currency, cause } = escrow;
  if (payeeId === null) return refuseStep(escrow, 'releasePart', actor);
  if (partMinor >= restOf(escrow)) {
    return refuse('AMOUNT_TOO_LARGE', { maxMinor: Number(restOf(escrow) - 1n) });
  }
  if (payeeMinor < 1n || feeMinor < 0n) return refuse('AMOUNT_TOO_SMALL', { minMinor: 1 });
  const debit = heldOf(escrow);
  return {
    escrow: parted,
    movement: {
      kind: 'escrow.release_part',
      cause,
      transfers: [
        { debit, credit: walletOf(escrow, payeeId), amountMinor: payeeMinor },
        { debit, credit: { purpose: 'fees', ownerId: null, currency }, amountMinor: feeMinor },
      ],
    },
    event: eventOf(parted, 'escrow.part_released', { payeeMinor, feeMinor, restMinor: restOf(parted) }),
  };
}

/**
 * Pays the payee his part, gives the payer back hers, and the platform takes the remainder. The parts are of the whole
 * that was held, so that a process says the same whether some of it was released before or not.
 */
export function decideRelease(
  escrow: Escrow,
  actor: EscrowActor,
  whole: { payeeMinor: bigint; payerMinor: bigint },
  now: Date,
): Decision<EscrowStep> {
  return decideEnd(escrow, 'release', actor, whole, now);
}

/** Gives the payer everything back that is held. */
export function decideRefund(escrow: Escrow, actor: EscrowActor, now: Date): Decision<EscrowStep> {
  return decideEnd(escrow, 'refund', actor, { payeeMinor: 0n, payerMinor: escrow.amountMinor }, now);
}

/**
 * Pays the payee his part of the whole that was held; the payer gets the remainder and the platform nothing, but what it
 * had of parts that were released before.
 */
export function decideSplit(
  escrow: Escrow,
  actor: EscrowActor,
  { payeeMinor }: { payeeMinor: bigint },
  now: Date,
): Decision<EscrowStep> {
  return decideEnd(escrow, 'split', actor, { payeeMinor, payerMinor: escrow.amountMinor - payeeMinor }, now);
}

interface Parts {
  payeeMinor: bigint;
  payerMinor: bigint;
  feeMinor: bigint;
}

type Whole = Omit<Parts, 'feeMinor'>;

/**
 * Who gets what of the rest, if they get this of the whole. What was released in parts stays where it went: the payee is
 * paid what he has not had yet, then the payer, and the platform takes the remainder. So where more was released to the
 * payee than is his, the platform has less of the rest, and then the payer; nobody gives anything back.
 */
function shareRest(escrow: Escrow, whole: Whole): Parts {
  const { partsReleasedMinor, partsFeeMinor } = escrow;
  const restMinor = restOf(escrow);
  const owedMinor = whole.payeeMinor - (partsReleasedMinor - partsFeeMinor);
  const payeeMinor = between(0n, owedMinor, restMinor);
  const payerMinor = between(0n, whole.payerMinor, restMinor - payeeMinor);
  return { payeeMinor, payerMinor, feeMinor: restMinor - payeeMinor - payerMinor };
}

function between(least: bigint, amountMinor: bigint, most: bigint): bigint {
  if (amountMinor < least) return least;
  return amountMinor > most ? most : amountMinor;
}

function decideEnd(
  escrow: Escrow,
  event: 'release' | 'refund' | 'split',
  actor: EscrowActor,
  whole: Whole,
  now: Date,
): Decision<EscrowStep> {
  const ended = move(escrow, event, actor, (state) => ({ ...escrow, state, endedAt: now }));
  if (isRefusal(ended)) return ended;
  const { payerId, payeeId, currency, cause } = escrow;
  if (payeeId === null && event !== 'refund') return refuseStep(escrow, event, actor);
  const { payeeMinor, payerMinor } = whole;
  if (payeeMinor < 0n || payerMinor < 0n || payeeMinor + payerMinor > escrow.amountMinor) {
    return refuse('AMOUNT_TOO_LARGE', { maxMinor: Number(escrow.amountMinor) });
  }
  const parts = shareRest(escrow, whole);
  const debit = heldOf(escrow);
  const toPayee =
    payeeId === null ? [] : [{ credit: walletOf(escrow, payeeId), amountMinor: parts.payeeMinor }];
  const legs = [
    ...toPayee,
    { credit: walletOf(escrow, payerId), amountMinor: parts.payerMinor },
    { credit: { purpose: 'fees', ownerId: null, currency } as const, amountMinor: parts.feeMinor },
  ];
  return {
    escrow: ended,
    movement: { kind: `escrow.${event}`, cause, transfers: legs.map((leg) => ({ debit, ...leg })) },
    event: eventOf(ended, `escrow.${endedAs[event]}`, parts),
  };
}

const endedAs = { release: 'released', refund: 'refunded', split: 'split' } as const;

function move(
  escrow: Escrow,
  event: EscrowEvent,
  actor: EscrowActor,
  become: (state: EscrowState) => Escrow,
): Decision<Escrow> {
  const state = decideTransition(escrowMachine, 'escrow', escrow.state, event, actor);
  return isRefusal(state) ? state : become(state);
}

function refuseStep({ state }: Escrow, event: EscrowEvent, actor: EscrowActor) {
  const allowed = allowedEvents(escrowMachine, state, [actor]).filter((other) => other !== event);
  return refuse('TRANSITION_REFUSED', { subject: 'escrow', state, event, allowed });
}

const walletOf = ({ currency }: Escrow, ownerId: string) =>
  ({ purpose: 'available', ownerId, currency }) as const;
const heldOf = ({ currency, escrowId }: Escrow) =>
  ({ purpose: 'held', ownerId: escrowId, currency }) as const;

function eventOf(
  escrow: Escrow,
  name: CommandEvent['name'],
  amounts: Record<string, bigint> | Parts,
): CommandEvent {
  const { escrowId, currency, cause, payerId, payeeId } = escrow;
  const numbers = Object.entries(amounts).map(([key, amountMinor]) => [key, Number(amountMinor)]);
  return {
    name,
    subject: { type: 'escrow', id: escrowId },
    audience: payeeId === null ? [payerId] : [payerId, payeeId],
    data: { cause, currency, ...Object.fromEntries(numbers) },
  };
}
