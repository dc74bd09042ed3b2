import { AMOUNT_MINOR_MAX, type Currency, type QuoteExchange } from '@errand-dash/contract';
import { after } from '../clock.ts';
import type { CommandEvent } from '../command.ts';
import { decideOpenCurrency } from '../currency.rules.ts';
import type { Movement } from '../ledger.ts';
import { partOf } from '../money.ts';
import type { Policy } from '../policy.ts';
import { type Decision, isRefusal, refuse } from '../refusal.ts';
import { buys, costs, decideRate, type MinorRate, minorRateOf } from './rate.rules.ts';

/** An offer to exchange a person's money. Its numbers never change. */
export interface ExchangeQuote {
  id: string;
  userId: string;
  sold: Currency;
  bought: Currency;
  /** What the platform gets for what is bought, and its fee on top, in the currency sold. */
  soldMinor: bigint;
  feeMinor: bigint;
  boughtMinor: bigint;
  /** Major units of the currency bought for one of the currency sold, a decimal text. */
  rate: string;
  rateFrom: Date;
  rateSource: string;
  quotedAt: Date;
  expiresAt: Date;
  exchangedAt: Date | null;
}

/**
 * What is offered to somebody who would sell so much, the fee within it, or buy so much, the fee on top.
 *
 * What is bought is rounded down to a whole minor unit, and then no more is sold than the least that buys it; so of an
 * amount to sell a little may stay in the wallet. The part of a minor unit by which that least is rounded up is the
 * platform's, and so is the fee; the fee's own part is rounded down.
 *
 * Refuses with `CURRENCY_NOT_OPEN` what is to be bought (what is sold may be closed by now: it has to get out),
 * `EXCHANGE_RATE_MISSING`, `AMOUNT_TOO_SMALL` what buys not one minor unit, and `AMOUNT_TOO_LARGE`.
 */
export function decideQuote(
  { sold, bought, sellMinor, buyMinor }: QuoteExchange,
  policy: Pick<Policy, 'openCurrencies' | 'exchange'>,
  given: { id: string; userId: string; now: Date },
): Decision<ExchangeQuote> {
  const { id, userId, now } = given;
  const { feeBasisPoints, quoteSeconds } = policy.exchange;
  const open = decideOpenCurrency(bought, policy);
  if (isRefusal(open)) return open;
  const rate = decideRate({ sold, bought }, policy.exchange, now);
  if (isRefusal(rate)) return rate;
  const minorRate = minorRateOf(rate);
  if (minorRate === null) return refuse('EXCHANGE_RATE_MISSING', { sold, bought });
  const boughtMinor = buyMinor ?? buys(withoutFee(sellMinor ?? 0n, feeBasisPoints), minorRate);
  const price = priceOf(boughtMinor === 0n ? 1n : boughtMinor, minorRate, feeBasisPoints);
  if (boughtMinor === 0n) {
    return refuse('AMOUNT_TOO_SMALL', { minMinor: Number(price.soldMinor + price.feeMinor) });
  }
  if (boughtMinor > amountMax || price.soldMinor + price.feeMinor > amountMax) {
    return refuse('AMOUNT_TOO_LARGE', {
      maxMinor: Number(largest(minorRate, feeBasisPoints, buyMinor !== undefined)),
    });
  }
  return {
    ...{ id, userId, sold, bought, boughtMinor, ...price },
    ...{ rate: rate.rate, rateFrom: rate.from, rateSource: rate.source },
    ...{ quotedAt: now, expiresAt: after(now, quoteSeconds), exchangedAt: null },
  };
}

const amountMax = BigInt(AMOUNT_MINOR_MAX);

const priceOf = (boughtMinor: bigint, rate: MinorRate, feeBasisPoints: number) => {
  const soldMinor = costs(boughtMinor, rate);
  return { soldMinor, feeMinor: partOf(soldMinor, feeBasisPoints) };
};

/** The most that can be sold so that with its fee it is no more than that. */
function withoutFee(totalMinor: bigint, feeBasisPoints: number): bigint {
  const less = (totalMinor * 10_000n) / BigInt(10_000 + feeBasisPoints);
  // The fee is rounded down, which may leave room for one more.
  return less + 1n + partOf(less + 1n, feeBasisPoints) <= totalMinor ? less + 1n : less;
}

/** The most that can be asked for: neither side of an exchange may be beyond what an amount on the wire can say. */
function largest(rate: MinorRate, feeBasisPoints: number, isBuying: boolean): bigint {
  const affordable = withoutFee(amountMax, feeBasisPoints);
  if (isBuying) return smaller(buys(affordable, rate), amountMax);
  const mostSold = smaller(affordable, (amountMax * rate.denominator) / rate.numerator);
  return mostSold + partOf(mostSold, feeBasisPoints);
}

const smaller = (a: bigint, b: bigint): bigint => (a < b ? a : b);

/**
 * The quote as it becomes when its person accepts it, and the two sets that it posts. The quote wins: what the rate is
 * by then is not asked. Refuses with `OBJECT_NOT_FOUND`, `EXCHANGE_QUOTE_USED` and `EXCHANGE_QUOTE_EXPIRED`.
 */
export function decideExchange(
  quote: ExchangeQuote | null,
  userId: string,
  now: Date,
): Decision<{ quote: ExchangeQuote; movements: [Movement, Movement]; event: CommandEvent }> {
  if (quote === null || quote.userId !== userId) return refuse('OBJECT_NOT_FOUND', {});
  const { id, expiresAt, exchangedAt } = quote;
  if (exchangedAt !== null) return refuse('EXCHANGE_QUOTE_USED', { exchangedAt });
  if (now >= expiresAt) return refuse('EXCHANGE_QUOTE_EXPIRED', { expiredAt: expiresAt });
  const { sold, bought, soldMinor, feeMinor, boughtMinor } = quote;
  return {
    quote: { ...quote, exchangedAt: now },
    movements: [sellMovement(quote), buyMovement(quote)],
    event: {
      name: 'exchange_quote.exchanged',
      subject: { type: 'exchange_quote', id },
      audience: [userId],
      data: { sold, bought, soldMinor: Number(soldMinor + feeMinor), boughtMinor: Number(boughtMinor) },
    },
  };
}

/** The person gives up the one currency. */
export function sellMovement({ id, userId, sold: currency, soldMinor, feeMinor }: ExchangeQuote): Movement {
  const debit = { purpose: 'available', ownerId: userId, currency } as const;
  return {
    kind: 'exchange.sell',
    cause: { type: 'exchange_quote', id },
    transfers: [
      { debit, credit: { purpose: 'exchange', ownerId: null, currency }, amountMinor: soldMinor },
      { debit, credit: { purpose: 'fee_margin', ownerId: null, currency }, amountMinor: feeMinor },
    ],
  };
}

/** And gets the other. */
export function buyMovement({ id, userId, bought: currency, boughtMinor }: ExchangeQuote): Movement {
  return {
    kind: 'exchange.buy',
    cause: { type: 'exchange_quote', id },
    transfers: [
      {
        debit: { purpose: 'exchange', ownerId: null, currency },
        credit: { purpose: 'available', ownerId: userId, currency },
        amountMinor: boughtMinor,
      },
    ],
  };
}
