import {
  approvalCeremony,
  beginApprovalIn,
  deviceKey,
  deviceKeys,
  enrollDeviceKeyIn,
  noInput,
  revokeDeviceKeyIn,
} from '@errand-dash/contract';
import { beginApproval, enrollDeviceKey, listDeviceKeys, revokeDeviceKey } from '@errand-dash/core';
import { presentDeviceKey, presentStartedApproval } from '../present/approvals.present.ts';
import { router, signedInProcedure } from '../trpc.ts';

/** Actions that a person signs before they are done, and the keys of his consoles and services that sign some of them. */
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

  /** Enrols an Ed25519 key of a console or a service, signed for by passkey. */
  enrollDeviceKey: signedInProcedure
    .meta({ signedAction: 'approvals.enrollDeviceKey' })
    .input(enrollDeviceKeyIn)
    .output(deviceKey)
    .mutation(async ({ ctx, input }) => presentDeviceKey(await enrollDeviceKey(ctx.core, ctx.call, input))),

  /** The person's own device keys, those that were revoked too. */
  listDeviceKeys: signedInProcedure
    .input(noInput)
    .output(deviceKeys)
    .query(async ({ ctx }) => ({
      deviceKeys: (await listDeviceKeys(ctx.core, ctx.call, {})).map(presentDeviceKey),
    })),

  /** Ends a device key for ever, signed for by passkey. */
  revokeDeviceKey: signedInProcedure
    .meta({ signedAction: 'approvals.revokeDeviceKey' })
    .input(revokeDeviceKeyIn)
    .output(deviceKey)
    .mutation(async ({ ctx, input }) => presentDeviceKey(await revokeDeviceKey(ctx.core, ctx.call, input))),
});
