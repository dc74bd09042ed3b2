import { after } from '../../clock.ts';
import { command } from '../../command.ts';
import { nextCheckAt, type TopUp } from './top-up.rules.ts';
import { leaseTopUp, lockTopUpToAsk } from './top-up.store.ts';

export interface ClaimTopUp {
  topUpId: string;
  /** `open` claims one that the provider does not know yet; `check` one whose time to be asked about has come. */
  purpose: 'open' | 'check';
}

/** A top-up that nobody else asks about for a while. */
export interface ClaimedTopUp {
  topUp: TopUp;
  /** Where the receipt goes, still sealed: a claim must not fail by what is in the row, or it is due for ever. */
  emailSealed: Uint8Array | null;
  wrappedKey: Uint8Array | null;
}

/**
 * Takes a top-up for one question to the provider, or answers null where somebody else does or nothing is to be
 * asked. The schedule moves on with the claim, so that a worker that dies leaves the next question where it was.
 * An answer needs no fence: whoever brings it, the machine decides what it still changes.
 */
export const claimTopUp = command(
  'topup.claim',
  async (tx, { topUpId, purpose }: ClaimTopUp, context): Promise<{ result: ClaimedTopUp | null }> => {
    const { now, policy } = context;
    const found = await lockTopUpToAsk(tx, topUpId);
    if (found === null || (found.leasedUntil !== null && found.leasedUntil > now)) return { result: null };
    const { topUp } = found;
    const isDue = topUp.nextCheckAt !== null && topUp.nextCheckAt <= now;
    if (purpose === 'open' ? topUp.state !== 'created' : !isDue) return { result: null };
    const lease = {
      leasedUntil: after(now, policy.askLeaseSeconds),
      nextCheckAt: isDue ? nextCheckAt(topUp, now, policy.topUp) : topUp.nextCheckAt,
      checksMade: topUp.checksMade + (isDue ? 1 : 0),
    };
    await leaseTopUp(tx, topUpId, lease);
    const { emailSealed, wrappedKey } = found;
    return { result: { topUp, emailSealed, wrappedKey } };
  },
);
