import { formatId, type ExchangeQuote as PresentedQuote } from '@errand-dash/contract';
import type { ExchangeQuote } from '@errand-dash/core';

/** A quote as its person sees it. Who says the rate is the platform's affair. */
export const presentExchangeQuote = (quote: ExchangeQuote): PresentedQuote => ({
  quoteId: formatId('exchangeQuote', quote.id),
  sold: quote.sold,
  bought: quote.bought,
  soldMinor: Number(quote.soldMinor),
  feeMinor: Number(quote.feeMinor),
  boughtMinor: Number(quote.boughtMinor),
  rate: quote.rate,
  rateFrom: quote.rateFrom,
  quotedAt: quote.quotedAt,
  expiresAt: quote.expiresAt,
  exchangedAt: quote.exchangedAt,
});
