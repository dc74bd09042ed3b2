import {
  administeredUser,
  administeredUserHistory,
  findUserIn,
  foundUser,
  getUserIn,
  grantRoleIn,
  reinstateUserIn,
  revokeRoleIn,
  suspendUserIn,
} from '@errand-dash/contract';
import { findUser, getUser, grantRole, reinstateUser, revokeRole, suspendUser } from '@errand-dash/core';
import { presentAdministeredUser, presentStandingChange } from '../present/admin.present.ts';
import { router, signedInProcedure } from '../trpc.ts';

/** What operators do. Every change is signed, has a reason, and is told to whom it concerns. */
export const adminRouter = router({
  /** A person by his handle, or null. */
  findUser: signedInProcedure
    .meta({ isAdmin: true })
    .input(findUserIn)
    .output(foundUser)
    .query(async ({ ctx, input }) => {
      const user = await findUser(ctx.core, ctx.call, input);
      return { user: user === null ? null : presentAdministeredUser(user) };
    }),

  /** A person, and the last changes of what he may do. */
  getUser: signedInProcedure
    .meta({ isAdmin: true })
    .input(getUserIn)
    .output(administeredUserHistory)
    .query(async ({ ctx, input }) => {
      const { user, changes } = await getUser(ctx.core, ctx.call, input);
      return { user: presentAdministeredUser(user), changes: changes.map(presentStandingChange) };
    }),

  /** Gives a person a role, from his next call on. Only a super admin makes and unmakes admins and super admins. */
  grantRole: signedInProcedure
    .meta({ isAdmin: true, signedAction: 'admin.grantRole' })
    .input(grantRoleIn)
    .output(administeredUser)
    .mutation(async ({ ctx, input }) => presentAdministeredUser(await grantRole(ctx.core, ctx.call, input))),

  /** Takes a role away, from the person's next call on. Nobody does so to himself. */
  revokeRole: signedInProcedure
    .meta({ isAdmin: true, signedAction: 'admin.revokeRole' })
    .input(revokeRoleIn)
    .output(administeredUser)
    .mutation(async ({ ctx, input }) => presentAdministeredUser(await revokeRole(ctx.core, ctx.call, input))),

  /** Refuses everything to a person from his next call on. The clock still pays him what he is owed. */
  suspendUser: signedInProcedure
    .meta({ isAdmin: true, signedAction: 'admin.suspendUser' })
    .input(suspendUserIn)
    .output(administeredUser)
    .mutation(async ({ ctx, input }) =>
      presentAdministeredUser(await suspendUser(ctx.core, ctx.call, input)),
    ),

  /** Lets a suspended person in again. */
  reinstateUser: signedInProcedure
    .meta({ isAdmin: true, signedAction: 'admin.reinstateUser' })
    .input(reinstateUserIn)
    .output(administeredUser)
    .mutation(async ({ ctx, input }) =>
      presentAdministeredUser(await reinstateUser(ctx.core, ctx.call, input)),
    ),
});
