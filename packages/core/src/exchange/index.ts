export { exchange } from './exchange.command.ts';
export { exchangeInvariants } from './exchange-invariants.ts';
export { exchangeMovements } from './exchange-movements.ts';
export type { ExchangeQuote } from './exchange-quote.rules.ts';
export { pruneQuotes } from './prune-quotes.sweep.ts';
export { quoteExchange } from './quote-exchange.command.ts';
export { isRate } from './rate.rules.ts';
