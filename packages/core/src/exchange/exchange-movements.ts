import type { SampledMovement } from '../sampled-movement.ts';
import { buyMovement, type ExchangeQuote, sellMovement } from './exchange-quote.rules.ts';

const quote: ExchangeQuote = {
  ...{ id: 'quote', userId: 'person', sold: 'NGN', bought: 'USD' },
  ...{ soldMinor: 10_000_00n, feeMinor: 100_00n, boughtMinor: 6_50n },
  ...{ rate: '0.00065', rateFrom: new Date('2026-03-01T00:00:00.000Z'), rateSource: 'treasury' },
  quotedAt: new Date('2026-03-01T09:00:00.000Z'),
  expiresAt: new Date('2026-03-01T09:01:00.000Z'),
  exchangedAt: null,
};

/** What an exchange moves: two sets, posted together. */
export const exchangeMovements = {
  'exchange.sell': [
    { when: 'A person accepts a quote: what he gives, and the fee.', movement: sellMovement(quote) },
  ],
  'exchange.buy': [{ when: 'The same: what he gets.', movement: buyMovement(quote) }],
} satisfies Record<string, SampledMovement[]>;
