/** What a person was offered for his money, as it stays. What the application may change is when it was taken. */
export interface ExchangeQuotesTable {
  id: string;
  user_id: string;
  sold_currency: string;
  bought_currency: string;
  sold_minor: bigint;
  /** Of the sold currency, on top. */
  fee_minor: bigint;
  bought_minor: bigint;
  /** Major units of the bought currency for one of the sold, a decimal text. */
  rate: string;
  rate_from: Date;
  rate_source: string;
  quoted_at: Date;
  expires_at: Date;
  exchanged_at: Date | null;
}

export interface ExchangeTables {
  exchange_quotes: ExchangeQuotesTable;
}
