import type { ErrandInput } from '@errand-dash/contract';
import type { Tx } from '@errand-dash/db';
import type { CommandContext, CommandOutcome } from '../../command.ts';
import { refundEscrow } from '../../escrow/index.ts';
import { orThrow } from '../../refusal.ts';
import { actorIn, errandEvent } from '../errand.rules.ts';
import { lockErrand, updateOfErrand } from '../errand.store.ts';
import { type ErrandView, viewErrand } from '../errand-view.query.ts';
import { escrowActorOf } from '../escrow-actor.rules.ts';
import { decideGiveBack } from './ending.rules.ts';

/** What expiring and lapsing do. Refuses with `OBJECT_NOT_FOUND` and `TRANSITION_REFUSED`. */
export async function giveBackErrand(
  tx: Tx,
  { errandId }: ErrandInput,
  context: CommandContext,
  event: 'expire' | 'lapse',
): Promise<CommandOutcome<ErrandView>> {
  const open = await lockErrand(tx, errandId);
  const actor = orThrow(actorIn(open, context.viewer));
  const errand = orThrow(decideGiveBack(open, event, actor, context.now));
  const [result, refunded] = await Promise.all([
    viewErrand(tx, context, errand),
    refundEscrow(tx, context, { escrowId: errand.escrowId, by: escrowActorOf(actor) }),
  ]);
  return {
    result,
    writes: [updateOfErrand(errand), ...refunded.writes],
    movements: refunded.movements,
    events: [errandEvent(errand, event), ...refunded.events],
  };
}
