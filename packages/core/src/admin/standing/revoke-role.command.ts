import { signedCommand } from '../../approvals/index.ts';
import { isRefusal } from '../../refusal.ts';
import { deleteRole } from '../../users/index.ts';
import { changeStanding } from './change-standing.ts';
import { signedRevocation } from './signed-standing.ts';
import { decideRevocation } from './standing.rules.ts';

/**
 * Takes a role away, signed for by an operator, from the person's next call on. Refuses with `SIGNATURE_REFUSED`,
 * `OBJECT_NOT_FOUND`, `ROLE_MISSING` (of the operator), `STANDING_OWN` and `STANDING_UNCHANGED`,
 * and with `ACCOUNT_COOLING` for a day after the operator's account was recovered.
 */
export const revokeRole = signedCommand(signedRevocation, (tx, input, context) =>
  changeStanding(tx, context, input, (change) => {
    const role = decideRevocation(change, input.role);
    if (isRefusal(role)) return role;
    return { change: 'revoked', role, save: () => deleteRole(tx, input.userId, role) };
  }),
);
