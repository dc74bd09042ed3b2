import type { QuoteExchange } from '@errand-dash/contract';
import { command } from '../command.ts';
import { orThrow } from '../refusal.ts';
import { requireUser } from '../users/index.ts';
import { decideQuote } from './exchange-quote.rules.ts';
import { insertQuote } from './exchange-quote.store.ts';

/**
 * Offers a person an exchange at exactly these amounts, for a short time; nothing is held for it. Refuses with
 * `SESSION_MISSING`, `CURRENCY_NOT_OPEN`, `EXCHANGE_RATE_MISSING`, `AMOUNT_TOO_SMALL` and `AMOUNT_TOO_LARGE`.
 */
export const quoteExchange = command('wallet.quoteExchange', async (tx, input: QuoteExchange, context) => {
  const { userId } = orThrow(requireUser(context.viewer));
  const given = { id: context.newId(), userId, now: context.now };
  const quote = orThrow(decideQuote(input, context.policy, given));
  await insertQuote(tx, quote);
  return { result: quote };
});
