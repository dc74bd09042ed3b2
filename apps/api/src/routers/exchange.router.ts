import { exchangeIn, exchangeQuote, quoteExchangeIn } from '@errand-dash/contract';
import { exchange, quoteExchange } from '@errand-dash/core';
import { presentExchangeQuote } from '../present/exchange.present.ts';
import { signedInProcedure } from '../trpc.ts';

/** The procedures of the wallet by which one currency becomes another. */
export const exchangeProcedures = {
  /** What an exchange would cost and bring, good for a short time. Nothing is held for it. */
  quoteExchange: signedInProcedure
    .input(quoteExchangeIn)
    .output(exchangeQuote)
    .mutation(async ({ ctx, input }) => presentExchangeQuote(await quoteExchange(ctx.core, ctx.call, input))),

  /** Exchanges at exactly what was quoted, once. */
  exchange: signedInProcedure
    .input(exchangeIn)
    .output(exchangeQuote)
    .mutation(async ({ ctx, input }) => presentExchangeQuote(await exchange(ctx.core, ctx.call, input))),
};
