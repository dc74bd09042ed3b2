import { fromBase64Url, sha256, toBase64Url, utf8 } from './bytes.ts';
import { canonicalJson, type Json } from './canonical-json.ts';
import { errandDashError } from './errand-dash-error.ts';
import type { Outputs } from './router-types.ts';

/** A head of the sealed ledger, as statements carry it and `/ledger/heads` gives it. */
export type SignedHead = NonNullable<Outputs['wallet']['statement']['latestHead']>;

/** The keys that sign the ledger's heads, as `/.well-known/ledger-jwks.json` gives them. Keep them where you trust them. */
export interface LedgerKeys {
  keys: readonly { kid?: string; kty?: string; crv?: string; x?: string }[];
}

/** Why nothing can be built on a head: it is none; nobody has the key; or it is not signed by it. */
export type SignatureFault = 'MALFORMED' | 'KEY_UNKNOWN' | 'SIGNATURE_WRONG';

/** What is wrong with a head by itself. Throws `ED25519_UNAVAILABLE` on a platform that cannot tell. */
export async function findSignatureFault(
  signed: SignedHead,
  { keys }: LedgerKeys,
): Promise<SignatureFault | null> {
  if (!isSignedHead(signed)) return 'MALFORMED';
  const { head, signature } = signed;
  const key = keys.find(({ kid }) => kid === head.keyId);
  if (key === undefined || key.kty !== 'OKP' || key.crv !== 'Ed25519' || key.x === undefined)
    return 'KEY_UNKNOWN';
  const bytes = fromBase64Url(signature);
  const publicKey = await importKey(key.x);
  const isSigned =
    bytes !== null &&
    publicKey !== null &&
    (await crypto.subtle.verify('Ed25519', publicKey, bytes, canonicalBytes(head)));
  return isSigned ? null : 'SIGNATURE_WRONG';
}

/** By which the next head names this one. */
export const hashOfHead = async ({ head }: SignedHead): Promise<string> =>
  toBase64Url(await sha256(canonicalBytes(head)));

/** What is signed and hashed of an object (RFC 8785). */
export const canonicalBytes = (value: Json): Uint8Array<ArrayBuffer> => utf8(canonicalJson(value));

/** Null where the key is none. */
async function importKey(x: string): Promise<CryptoKey | null> {
  if (fromBase64Url(x)?.length !== 32) return null;
  try {
    return await crypto.subtle.importKey('jwk', { kty: 'OKP', crv: 'Ed25519', x }, 'Ed25519', false, [
      'verify',
    ]);
  } catch (cause) {
    if (cause instanceof Error && cause.name === 'DataError') return null;
    throw errandDashError(
      'ED25519_UNAVAILABLE',
      {},
      { message: 'This platform cannot verify Ed25519 signatures, which receipts have.', cause },
    );
  }
}

/** It may come from a file that anybody wrote, whatever its type says. */
export function isSignedHead(value: unknown): value is SignedHead {
  if (!hasExactly(value, ['head', 'signature']) || !isObject(value.head) || !isFlat(value.head)) return false;
  const { version, chain, number, size, total, root } = value.head;
  const areCounts = [number, size, total].every((count) => Number.isSafeInteger(count) && Number(count) > 0);
  return (
    version === 1 &&
    chain === 'ledger' &&
    areCounts &&
    typeof root === 'string' &&
    typeof value.signature === 'string'
  );
}

/** Whether a value is an object with these members and no others, beside which something unproved would look proved. */
export function hasExactly<Name extends string>(
  value: unknown,
  names: readonly Name[],
): value is Record<Name, unknown> {
  return isObject(value) && Object.keys(value).sort().join() === [...names].sort().join();
}

export const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Whether all members are what JSON writes as it stands: what came through superjson may be a BigInt, or its own member. */
export const isFlat = (value: Record<string, unknown>): boolean =>
  Object.values(value).every(
    (member) => member === null || ['string', 'number', 'boolean'].includes(typeof member),
  );
