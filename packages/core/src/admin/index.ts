export type { AdministeredUser, KeptStandingChange } from './people/administered-user.store.ts';
export { findUser } from './people/find-user.query.ts';
export { type AdministeredUserHistory, getUser } from './people/get-user.query.ts';
export { listOperators } from './people/list-operators.query.ts';
export type { Operator } from './people/operator.store.ts';
export {
  type GrantedOnServer,
  type GrantOnServer,
  grantOnServer,
} from './standing/grant-on-server.command.ts';
export { grantRole } from './standing/grant-role.command.ts';
export { reinstateUser } from './standing/reinstate-user.command.ts';
export { revokeRole } from './standing/revoke-role.command.ts';
export {
  signedGrant,
  signedReinstatement,
  signedRevocation,
  signedSuspension,
} from './standing/signed-standing.ts';
export { standingInvariants } from './standing/standing-invariants.ts';
export { suspendUser } from './standing/suspend-user.command.ts';
