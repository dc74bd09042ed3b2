import { after } from '../../../clock.ts';
import { command } from '../../../command.ts';
import { leaseDrift } from './drift.store.ts';
import type { Drift } from './drift.ts';

/** Takes a due drift for one try, or answers null where somebody else has it, or it is closed. */
export const claimDrift = command(
  'drift.claim',
  async (tx, { driftId }: { driftId: string }, { now, policy }): Promise<{ result: Drift | null }> => ({
    result: await leaseDrift(tx, driftId, now, after(now, policy.askLeaseSeconds)),
  }),
);
