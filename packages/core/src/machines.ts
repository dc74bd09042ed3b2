import { approvalMachine } from './approvals/index.ts';
import { errandMachine } from './errands/index.ts';
import { escrowMachine } from './escrow/index.ts';
import { outgoingMessageMachine } from './messages/index.ts';
import {
  driftMachine,
  payoutAccountMachine,
  topUpMachine,
  webhookDeliveryMachine,
  withdrawalMachine,
} from './payments/index.ts';
import { recoveryMachine } from './recovery/index.ts';
import type { AnyMachine } from './state-machine.ts';

/** Every lifecycle, by its name. */
export const machines = {
  errand: errandMachine,
  escrow: escrowMachine,
  topUp: topUpMachine,
  webhookDelivery: webhookDeliveryMachine,
  payoutAccount: payoutAccountMachine,
  withdrawal: withdrawalMachine,
  approval: approvalMachine,
  drift: driftMachine,
  outgoingMessage: outgoingMessageMachine,
  recovery: recoveryMachine,
} as const satisfies Record<string, AnyMachine>;
