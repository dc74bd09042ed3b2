import type { Currency } from '@errand-dash/contract';
import type { Tx } from '@errand-dash/db';
import type { ExchangeQuote } from './exchange-quote.rules.ts';

export async function insertQuote(tx: Tx, quote: ExchangeQuote): Promise<void> {
  await tx
    .insertInto('exchange_quotes')
    .values({
      id: quote.id,
      user_id: quote.userId,
      sold_currency: quote.sold,
      bought_currency: quote.bought,
      sold_minor: quote.soldMinor,
      fee_minor: quote.feeMinor,
      bought_minor: quote.boughtMinor,
      rate: quote.rate,
      rate_from: quote.rateFrom,
      rate_source: quote.rateSource,
      quoted_at: quote.quotedAt,
      expires_at: quote.expiresAt,
      exchanged_at: quote.exchangedAt,
    })
    .execute();
}

/** The quote, locked to the end of the transaction, so that of two who accept it one is first. */
export async function lockQuote(tx: Tx, quoteId: string): Promise<ExchangeQuote | null> {
  const row = await tx
    .selectFrom('exchange_quotes')
    .selectAll()
    .where('id', '=', quoteId)
    .forUpdate()
    .executeTakeFirst();
  if (row === undefined) return null;
  return {
    id: row.id,
    userId: row.user_id,
    sold: row.sold_currency as Currency,
    bought: row.bought_currency as Currency,
    soldMinor: row.sold_minor,
    feeMinor: row.fee_minor,
    boughtMinor: row.bought_minor,
    rate: row.rate,
    rateFrom: row.rate_from,
    rateSource: row.rate_source,
    quotedAt: row.quoted_at,
    expiresAt: row.expires_at,
    exchangedAt: row.exchanged_at,
  };
}

/** Saves what can change in a quote's life. */
export async function saveQuote(tx: Tx, { id, exchangedAt }: ExchangeQuote): Promise<void> {
  await tx.updateTable('exchange_quotes').set({ exchanged_at: exchangedAt }).where('id', '=', id).execute();
}

/** Deletes quotes that nobody accepted and whose time was over at an instant, at most so many. Answers how many. */
export async function deleteUnusedQuotes(tx: Tx, before: Date, limit: number): Promise<number> {
  const past = tx
    .selectFrom('exchange_quotes')
    .select('id')
    .where('exchanged_at', 'is', null)
    .where('expires_at', '<=', before)
    .orderBy('expires_at')
    .limit(limit);
  const { numDeletedRows } = await tx
    .deleteFrom('exchange_quotes')
    .where('id', 'in', past)
    .where('exchanged_at', 'is', null)
    .executeTakeFirst();
  return Number(numDeletedRows);
}
