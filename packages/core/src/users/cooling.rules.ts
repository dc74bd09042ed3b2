import type { Viewer } from '../claim.ts';
import { type Refusal, refuse } from '../refusal.ts';

/**
 * Why money may not leave the hands of whoever calls now, or null: `MONEY_OUT_COOLING` for a day after a person's
 * account was recovered, so that who recovered it wrongly gains nothing before its owner has heard of it. The clock
 * always may: what it does was agreed to before, or waits as long as the cooling.
 */
export function decideMoneyOut(viewer: Viewer, now: Date): Refusal | null {
  if (viewer.kind !== 'user' || viewer.moneyOutFrom === null || viewer.moneyOutFrom <= now) return null;
  return refuse('MONEY_OUT_COOLING', { availableFrom: viewer.moneyOutFrom });
}

/**
 * Why the ways into an account may not be changed now, or null: `ACCOUNT_COOLING` for as long as no money may leave,
 * so that its owner can still get in, and be reached.
 */
export const decideAccountChange = (moneyOutFrom: Date | null, now: Date): Refusal | null =>
  moneyOutFrom !== null && moneyOutFrom > now
    ? refuse('ACCOUNT_COOLING', { availableFrom: moneyOutFrom })
    : null;
