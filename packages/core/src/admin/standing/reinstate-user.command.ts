import { signedCommand } from '../../approvals/index.ts';
import { isRefusal } from '../../refusal.ts';
import { saveSuspended } from '../../users/index.ts';
import { changeStanding } from './change-standing.ts';
import { signedReinstatement } from './signed-standing.ts';
import { decideReinstatement } from './standing.rules.ts';

/** Lets a suspended person in again, signed for by an operator. Refuses as `suspendUser`. */
export const reinstateUser = signedCommand(signedReinstatement, (tx, input, context) =>
  changeStanding(tx, context, input, (change) => {
    const decision = decideReinstatement(change);
    if (isRefusal(decision)) return decision;
    return { change: 'reinstated', role: null, save: () => saveSuspended(tx, input.userId, null) };
  }),
);
