import { approvalCeremony, beginApprovalIn } from '@errand-dash/contract';
import { beginApproval } from '@errand-dash/core';
import { presentStartedApproval } from '../present/approvals.present.ts';
import { router, signedInProcedure } from '../trpc.ts';

/** Actions that a person signs with a passkey before they are done. */
export const approvalsRouter = router({
  /**
   * What is to be signed for an action, and the options for the passkey. The same idempotency key goes with the action,
   * beside the signature, within two minutes. Any attempt spends it.
   */
  begin: signedInProcedure
    .input(beginApprovalIn)
    .output(approvalCeremony)
    .mutation(async ({ ctx, input }) =>
      presentStartedApproval(await beginApproval(ctx.core, ctx.call, input)),
    ),
});
