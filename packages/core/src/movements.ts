import type { MovementKind } from '@errand-dash/db';
import { escrowMovements } from './escrow/index.ts';
import { exchangeMovements } from './exchange/index.ts';
import { paymentMovements } from './payments/index.ts';
import type { SampledMovement } from './sampled-movement.ts';

/**
 * Every movement of the product with sample figures, each made by the rule that decides it: what the pages about the
 * ledger show. A kind that is not listed does not compile; corrections are listed without a sample.
 */
export const movements: Readonly<Record<MovementKind, readonly SampledMovement[]>> = {
  ...paymentMovements,
  ...escrowMovements,
  ...exchangeMovements,
  // No command makes it yet; tests put money into wallets by it.
  'adjustment.post': [],
  'adjustment.reverse': [],
};
