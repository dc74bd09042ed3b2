import type { SealRecord } from '@errand-dash/db';
import { canonicalJson } from '../../canonical-json.ts';
import { signedHeadOf } from '../heads/find-heads.ts';
import { type HeadKey, headHash, isHeadSigned, type SignedHead } from '../heads/seal-head.ts';
import type { ChainProblem, ChainProblemKind } from './chain-problem.ts';

/** The head of a stored batch, where it follows the one before, is signed, and is the one that was seen before. */
export function verifyHead(
  seal: SealRecord,
  {
    previous,
    keys,
    known,
  }: { previous: SignedHead | null; keys: readonly HeadKey[]; known: readonly SignedHead[] },
): SignedHead | ChainProblem {
  const expected = (previous?.head.number ?? 0) + 1;
  const wrong = (kind: ChainProblemKind, says: string): ChainProblem => ({
    kind,
    headNumber: expected,
    position: (previous?.head.total ?? 0) + 1,
    id: null,
    says: `head ${expected} ${says}`,
  });
  if (seal.number !== BigInt(expected))
    return wrong('head_missing', `is missing; the next one is ${seal.number}`);
  const signed = signedHeadOf(seal);
  if (signed === null) return wrong('head_damaged', 'is not what a head looks like');
  const { head } = signed;
  const isSigned = isHeadSigned(signed, keys);
  if (isSigned === null) return wrong('key_unknown', `is signed by the unknown key ${head.keyId}`);
  if (!isSigned)
    return wrong('signature_wrong', 'was edited or signed by another key: its signature is not right');
  // All of them: two heads of one number that contradict each other are two histories.
  const seen = known.find(
    (other) => other.head.number === expected && canonicalJson(other.head) !== canonicalJson(head),
  );
  if (seen !== undefined)
    return wrong('head_replaced', `is another one than was seen before: its hash was ${headHash(seen.head)}`);
  if (head.chain !== seal.chain || head.number !== expected)
    return wrong('head_replaced', `is signed as head ${head.number} of the chain ${head.chain}`);
  if (head.previousHead !== (previous === null ? null : headHash(previous.head)))
    return wrong('head_replaced', 'does not name the head before it');
  if (head.total !== (previous?.head.total ?? 0) + head.size)
    return wrong('head_replaced', `counts ${head.total} rows, which is not what comes before it and its own`);
  return signed;
}
