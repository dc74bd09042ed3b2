import { signedCommand } from '../../approvals/index.ts';
import { isRefusal } from '../../refusal.ts';
import { saveReinstated } from '../../users/index.ts';
import { changeStanding } from './change-standing.ts';
import { signedReinstatement } from './signed-standing.ts';
import { decideReinstatement } from './standing.rules.ts';

/**
 * Lets a suspended person in again, signed for by an operator. An account that cooled cools on for what was left of it.
 * Refuses as `suspendUser`.
 */
export const reinstateUser = signedCommand(signedReinstatement, (tx, input, context) => {
  const { now, policy } = context;
  const { contactAgeSeconds } = policy.recovery;
  return changeStanding(tx, context, input, (change) => {
    const decision = decideReinstatement(change);
    if (isRefusal(decision)) return decision;
    const save = () => saveReinstated(tx, input.userId, { now, contactAgeSeconds });
    return { change: 'reinstated', role: null, save };
  });
});
