import { signedCommand } from '../../approvals/index.ts';
import { isRefusal } from '../../refusal.ts';
import { saveSuspended } from '../../users/index.ts';
import { changeStanding } from './change-standing.ts';
import { signedSuspension } from './signed-standing.ts';
import { decideSuspension } from './standing.rules.ts';

/**
 * Refuses everything to a person from his next call on, signed for by an operator who may revoke all of his roles.
 * What the clock owes him goes on. Refuses with `SIGNATURE_REFUSED`, `OBJECT_NOT_FOUND`, `ROLE_MISSING` (of the
 * operator), `STANDING_OWN` and `STANDING_UNCHANGED`,
 * and with `ACCOUNT_COOLING` for a day after the operator's account was recovered.
 */
export const suspendUser = signedCommand(signedSuspension, (tx, input, context) =>
  changeStanding(tx, context, input, (change) => {
    const suspendedAt = decideSuspension(change, context.now);
    if (isRefusal(suspendedAt)) return suspendedAt;
    return { change: 'suspended', role: null, save: () => saveSuspended(tx, input.userId, suspendedAt) };
  }),
);
