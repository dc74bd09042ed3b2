/** Takes so many calls of a key at once; tells when the window ends. Rejects where there are not so many left. */
export type Buy = (key: string, calls: number) => Promise<{ endsInMilliseconds: number }>;

interface Stock {
  left: number;
  endsAt: number;
}

const KEYS_BEFORE_CLEARING = 10_000;

/**
 * Buys calls by the dozen and gives them out one by one, so that a generous bound costs a round trip now and then
 * and not at every call. What a process bought and did not use is lost to the others until the window ends.
 */
export function boughtAhead(buy: Buy, callsAtOnce: number): (key: string) => Promise<void> {
  const stocks = new Map<string, Stock>();
  const buying = new Map<string, Promise<Stock>>();

  async function buyOnce(key: string): Promise<Stock> {
    const { endsInMilliseconds } = await buy(key, callsAtOnce);
    const stock = { left: callsAtOnce, endsAt: performance.now() + endsInMilliseconds };
    if (stocks.size >= KEYS_BEFORE_CLEARING) clearEnded(stocks);
    stocks.set(key, stock);
    return stock;
  }

  return async (key) => {
    for (;;) {
      const stock = stocks.get(key);
      if (stock !== undefined && stock.left > 0 && stock.endsAt > performance.now()) {
        stock.left -= 1;
        return;
      }
      // Those who come meanwhile wait for the same purchase.
      let purchase = buying.get(key);
      if (purchase === undefined) {
        purchase = buyOnce(key).finally(() => buying.delete(key));
        buying.set(key, purchase);
      }
      const bought = await purchase;
      // Whoever has it in hand takes of it even where the window ended in the very moment.
      if (bought.left > 0) {
        bought.left -= 1;
        return;
      }
    }
  };
}

function clearEnded(stocks: Map<string, Stock>): void {
  for (const [key, { left, endsAt }] of stocks) {
    if (left === 0 || endsAt <= performance.now()) stocks.delete(key);
  }
}
