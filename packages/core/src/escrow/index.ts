export { assignEscrow, unassignEscrow } from './assign-escrow.command.ts';
export {
  type EndEscrow,
  refundEscrow,
  releaseEscrow,
  releasePartOfEscrow,
  splitEscrow,
} from './end-escrow.command.ts';
export { type EscrowActor, type EscrowEvent, escrowMachine } from './escrow.machine.ts';
export { type Escrow, heldMinorOf, type NewEscrow } from './escrow.rules.ts';
export {
  findEscrow,
  findEscrowParties,
  listEscrowsBetween,
  listEscrowsOpenAt,
} from './escrow.store.ts';
export { escrowInvariants, escrowMoved } from './escrow-invariants.ts';
export { escrowMovements } from './escrow-movements.ts';
export { type EscrowView, getEscrow } from './get-escrow.query.ts';
export { holdEscrow } from './hold-escrow.command.ts';
export { sumHeldByPayer } from './sum-held-by-payer.query.ts';
