import { type Refusal, refuse } from '../refusal.ts';

/**
 * Why money may not leave a person's hands now, or null: `MONEY_OUT_COOLING` for a day after his account was
 * recovered, so that who recovered it wrongly gains nothing before its owner has heard of it.
 */
export const decideMoneyOut = (moneyOutFrom: Date | null, now: Date): Refusal | null =>
  moneyOutFrom !== null && moneyOutFrom > now
    ? refuse('MONEY_OUT_COOLING', { availableFrom: moneyOutFrom })
    : null;

/**
 * Why the ways into an account may not be changed now, or null: `ACCOUNT_COOLING` for as long as no money may leave,
 * so that its owner can still get in, and be reached.
 */
export const decideAccountChange = (moneyOutFrom: Date | null, now: Date): Refusal | null =>
  moneyOutFrom !== null && moneyOutFrom > now
    ? refuse('ACCOUNT_COOLING', { availableFrom: moneyOutFrom })
    : null;
