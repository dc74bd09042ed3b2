import { command } from '../command.ts';
import { postAllOrThrow } from '../ledger.ts';
import { orThrow } from '../refusal.ts';
import { decideMoneyOut, requireUser } from '../users/index.ts';
import { decideExchange } from './exchange-quote.rules.ts';
import { lockQuote, saveQuote } from './exchange-quote.store.ts';

/**
 * Exchanges a person's money as it was quoted to him: what he sells and what he buys are two sets, posted together or
 * not at all. Refuses with `SESSION_MISSING`, `OBJECT_NOT_FOUND`, `EXCHANGE_QUOTE_USED`, `EXCHANGE_QUOTE_EXPIRED`,
 * `MONEY_OUT_COOLING` and `FUNDS_INSUFFICIENT`.
 */
export const exchange = command('wallet.exchange', async (tx, { quoteId }: { quoteId: string }, context) => {
  const { userId } = orThrow(requireUser(context.viewer));
  const { quote, movements, event } = orThrow(
    decideExchange(await lockQuote(tx, quoteId), userId, context.now),
  );
  // Its fee leaves for good, and exchanged to and fro nothing would be left of what was there.
  orThrow(decideMoneyOut(context.viewer, context.now));
  await postAllOrThrow(tx, context, movements);
  await saveQuote(tx, quote);
  return { result: quote, events: [event] };
});
