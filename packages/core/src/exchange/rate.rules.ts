import type { Currency } from '@errand-dash/contract';
import { after } from '../clock.ts';
import { minorUnitsOf } from '../money.ts';
import type { ExchangeRate, Policy } from '../policy.ts';
import { type Decision, refuse } from '../refusal.ts';

/** A rate between minor units as an exact fraction: `numerator` of what is bought for `denominator` of what is sold. */
export interface MinorRate {
  numerator: bigint;
  denominator: bigint;
}

/** What a decimal text such as `0.00065` between major units is between minor units. Null: another text. */
export function minorRateOf({
  sold,
  bought,
  rate,
}: Pick<ExchangeRate, 'sold' | 'bought' | 'rate'>): MinorRate | null {
  const [, whole, point = ''] = RATE.exec(rate) ?? [];
  if (whole === undefined || !isRate(rate)) return null;
  return {
    numerator: BigInt(whole + point) * minorUnitsOf(bought),
    denominator: 10n ** BigInt(point.length) * minorUnitsOf(sold),
  };
}

/** Whether a decimal text can be a rate: more than nothing, with at most twelve digits on each side of the point. */
export const isRate = (text: string): boolean => RATE.test(text) && /[1-9]/.test(text);

const RATE = /^(\d{1,12})(?:\.(\d{1,12}))?$/;

/** The most that so much buys: what is left of a minor unit is not given. */
export const buys = (soldMinor: bigint, { numerator, denominator }: MinorRate): bigint =>
  (soldMinor * numerator) / denominator;

/** The least that so much costs: a part of a minor unit counts as a whole one. */
export const costs = (boughtMinor: bigint, { numerator, denominator }: MinorRate): bigint =>
  (boughtMinor * denominator + numerator - 1n) / numerator;

/**
 * The rate that is good now: the latest of the pair that has begun. Refuses with `EXCHANGE_RATE_MISSING` where there is
 * none, or it has grown old: nobody should exchange at the price of another day.
 */
export function decideRate(
  { sold, bought }: { sold: Currency; bought: Currency },
  { rates, rateAgeMaxSeconds }: Pick<Policy['exchange'], 'rates' | 'rateAgeMaxSeconds'>,
  now: Date,
): Decision<ExchangeRate> {
  const begun = rates.filter((rate) => rate.sold === sold && rate.bought === bought && rate.from <= now);
  const [latest] = begun.toSorted((a, b) => b.from.getTime() - a.from.getTime());
  const isGood = latest !== undefined && now < after(latest.from, rateAgeMaxSeconds);
  return isGood ? latest : refuse('EXCHANGE_RATE_MISSING', { sold, bought });
}
