/** The integer that JSON carries for a positive amount in minor units. Throws a RangeError otherwise. */
export function toWireAmount(amountMinor: bigint): number {
  if (amountMinor <= 0n || amountMinor > BigInt(Number.MAX_SAFE_INTEGER)) {
    throw new RangeError('An amount must be a positive integer of minor units up to 2^53 - 1');
  }
  return Number(amountMinor);
}
