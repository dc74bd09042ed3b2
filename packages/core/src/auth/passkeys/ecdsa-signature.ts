/** Whether a P-256 signature is DER and nothing else (RFC 3279, section 2.2.3, and X.690): one signature, one text. */
export function isStrictEcdsaSignature(signature: Uint8Array): boolean {
  const rest = signature.subarray(2);
  if (signature[0] !== SEQUENCE || signature[1] !== rest.length) return false;
  const rLength = integerLength(rest);
  if (rLength === null) return false;
  const afterR = rest.subarray(rLength);
  return integerLength(afterR) === afterR.length;
}

const SEQUENCE = 0x30;
const INTEGER = 0x02;

/** The bytes that a positive DER integer of at most 256 bits takes at the beginning, or null. */
function integerLength(bytes: Uint8Array): number | null {
  const [tag, length = 0, first = 0, second = 0] = bytes;
  const isPositive = first < 0x80;
  const isShortest = first !== 0 || length === 1 || second >= 0x80;
  const isSized = length >= 1 && length <= 33 && bytes.length >= 2 + length;
  return tag === INTEGER && isSized && isPositive && isShortest ? 2 + length : null;
}
