import type { EscrowActor } from '../escrow/index.ts';
import type { ErrandActor } from './errand.machine.ts';

/** Who an errand's actor is in its escrow. */
export function escrowActorOf(actor: ErrandActor): EscrowActor {
  return ({ sender: 'payer', runner: 'payee', clock: 'clock' } as const)[actor];
}
