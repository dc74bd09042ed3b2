import { createHmac } from 'node:crypto';
import type { Books } from './books/books.ts';
import type { Domain } from './books/records.ts';
import type { TransferOutcome } from './transfers/transfer-outcomes.ts';

/** What every part of the sandbox is given. */
export interface SandboxContext {
  readonly secretKey: string;
  readonly domain: Domain;
  readonly webhookUrl: string | null;
  readonly approvalUrl: string | null;
  readonly webhookTimeoutSeconds: number;
  readonly retryScale: number;
  readonly sessionTimeoutSeconds: number;
  readonly isSettlementHeld: boolean;
  readonly transferOutcome: TransferOutcome;
  readonly transferStepSeconds: number;
  readonly isClockAdjustable: boolean;
  readonly books: Books;
  /** The sandbox's time: the clock given plus its offset. */
  readonly now: () => Date;
  /** The address under which browsers reach the checkout page. */
  readonly publicUrl: () => string;
}

/**
 * A code such as `RCP_m7ljkv8leesep7p`. It follows from the id and the secret, so that it needs no
 * randomness and nobody without the secret can guess it.
 */
export function codeFor(context: SandboxContext, prefix: string, id: number): string {
  const digest = createHmac('sha256', context.secretKey).update(`${prefix}:${id}`).digest('hex');
  return `${prefix}${BigInt(`0x${digest.slice(0, 24)}`)
    .toString(36)
    .padStart(15, '0')
    .slice(-15)}`;
}
