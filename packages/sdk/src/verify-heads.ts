import {
  findSignatureFault,
  hashOfHead,
  type LedgerKeys,
  type SignatureFault,
  type SignedHead,
} from './head-signature.ts';

/**
 * Why heads are not those of one history: one of them is no head of the ledger's; or two of them contradict each other,
 * so that what was sealed was changed and sealed again.
 */
export type HeadsFault = SignatureFault | 'HEAD_REPLACED';

export type HeadsVerdict =
  | {
      isValid: true;
      /**
       * Whether none is missing between the first and the last, so that each is proved to come of the one before. Where
       * some are missing, heads on both sides of a gap merely do not contradict each other.
       */
      isUnbroken: boolean;
    }
  | {
      isValid: false;
      fault: HeadsFault;
      /** Which head it is; null where that is no number. */
      number: number | null;
    };

/**
 * Whether heads of the sealed ledger, in any order and kept at any time, are of one history: each signed by one of these
 * keys, and each naming the one before it where that is there. Asks nobody. To hold the ledger to a head that you kept,
 * give it together with all that `/ledger/heads?after=NUMBER` has after it.
 *
 * Throws `ED25519_UNAVAILABLE` as `verifyReceipt` does.
 */
export async function verifyHeads(heads: readonly SignedHead[], keys: LedgerKeys): Promise<HeadsVerdict> {
  for (const signed of heads) {
    const fault = await findSignatureFault(signed, keys);
    if (fault !== null) return { isValid: false, fault, number: numberOf(signed) };
  }
  const inOrder = [...heads].sort((one, other) => one.head.number - other.head.number);
  let isUnbroken = true;
  for (const [index, signed] of inOrder.entries()) {
    const before = inOrder[index - 1];
    if (before === undefined) continue;
    const { number } = signed.head;
    if (await contradicts(before, signed)) return { isValid: false, fault: 'HEAD_REPLACED', number };
    if (number > before.head.number + 1) isUnbroken = false;
  }
  return { isValid: true, isUnbroken };
}

/** Whether two heads cannot both be of one history. */
export async function contradicts(one: SignedHead, other: SignedHead): Promise<boolean> {
  const [earlier, later] = one.head.number <= other.head.number ? [one, other] : [other, one];
  if (earlier.head.number === later.head.number)
    return (await hashOfHead(earlier)) !== (await hashOfHead(later));
  const before = later.head.total - later.head.size;
  // Each batch between has one row at least.
  const between = later.head.number - earlier.head.number - 1;
  if (between > 0) return before < earlier.head.total + between;
  return before !== earlier.head.total || later.head.previousHead !== (await hashOfHead(earlier));
}

function numberOf(signed: { head?: { number?: unknown } } | null | undefined): number | null {
  const number = signed?.head?.number;
  return typeof number === 'number' ? number : null;
}
