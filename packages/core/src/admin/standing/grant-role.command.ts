import { signedCommand } from '../../approvals/index.ts';
import { isRefusal } from '../../refusal.ts';
import { saveRole } from '../../users/index.ts';
import { changeStanding } from './change-standing.ts';
import { signedGrant } from './signed-standing.ts';
import { decideGrant } from './standing.rules.ts';

/**
 * Gives a person a role, signed for by an operator, from the person's next call on. Refuses with `SIGNATURE_REFUSED`,
 * `OBJECT_NOT_FOUND`, `ROLE_MISSING` (of the operator), `STANDING_OWN`, `STANDING_UNCHANGED`, `ROLE_CONDITION_UNMET`
 * and `ROLE_CONFLICT`,
 * and with `ACCOUNT_COOLING` for a day after the operator's account was recovered.
 */
export const grantRole = signedCommand(signedGrant, (tx, input, context) =>
  changeStanding(tx, context, input, (change) => {
    const role = decideGrant(change, input.role);
    if (isRefusal(role)) return role;
    const { userId, reason } = input;
    const save = (grantedBy: string) => saveRole(tx, userId, { role, grantedBy, reason, now: context.now });
    return { change: 'granted', role, save };
  }),
);
