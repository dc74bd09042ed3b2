import { canonicalJson, type Json } from './canonical-json.ts';
import { errandDashError } from './errand-dash-error.ts';
import { merkleRootOf } from './merkle-root-of.ts';
import { concatenated, fromBase64Url, sha256, toBase64Url } from './receipt-bytes.ts';
import type { Outputs } from './router-types.ts';

/** What proves that a transfer is in the sealed ledger, as `dash.wallet.getReceipts` gives it. */
export type Receipt = NonNullable<Outputs['wallet']['getReceipts']['receipts'][number]>;

/** The keys that sign the ledger's heads, as `/.well-known/ledger-jwks.json` gives them. Keep them where you trust them. */
export interface LedgerKeys {
  keys: readonly { kid?: string; kty?: string; crv?: string; x?: string }[];
}

/**
 * Why a receipt proves nothing: it is no receipt at all; nobody has the key; the head is not signed by it; the transfer
 * is not in the batch of that head; a side is not the one that was sealed; or its account is not what its id says.
 */
export type ReceiptFault =
  | 'MALFORMED'
  | 'KEY_UNKNOWN'
  | 'SIGNATURE_WRONG'
  | 'NOT_IN_BATCH'
  | 'SIDE_WRONG'
  | 'ACCOUNT_WRONG';

export type ReceiptVerdict =
  | { isValid: true; transfer: Receipt['transfer']; own: Receipt['own']; head: Receipt['head']['head'] }
  | { isValid: false; fault: ReceiptFault };

/**
 * Whether a receipt holds: that the ledger's owner signed a head whose batch has exactly this transfer, with exactly
 * this amount, time and cause, and these balances of the reader's own. Asks nobody, so that it can be done in years.
 *
 * Needs Ed25519 in WebCrypto: Node 20, Chrome 137, Firefox 129, Safari 17 or newer, in pages over HTTPS alone. Throws
 * `ED25519_UNAVAILABLE` elsewhere; whatever is wrong with the receipt is in the verdict.
 */
export async function verifyReceipt(receipt: Receipt, keys: LedgerKeys): Promise<ReceiptVerdict> {
  const fault = isReceipt(receipt) ? await findFault(receipt, keys) : 'MALFORMED';
  if (fault !== null) return { isValid: false, fault };
  const { transfer, own, head } = receipt;
  return { isValid: true, transfer, own, head: head.head };
}

async function findFault(receipt: Receipt, { keys }: LedgerKeys): Promise<ReceiptFault | null> {
  const { transfer, own, position, path, head: signed } = receipt;
  const key = keys.find(({ kid }) => kid === signed.head.keyId);
  if (key === undefined || key.kty !== 'OKP' || key.crv !== 'Ed25519' || key.x === undefined)
    return 'KEY_UNKNOWN';
  if (!(await isSignedBy(key.x, signed))) return 'SIGNATURE_WRONG';
  const nodes = path.map(fromBase64Url);
  if (!areHashes(nodes)) return 'MALFORMED';
  const leaf = await sha256(concatenated(Uint8Array.of(0), bytesOf(transfer)));
  const root = await merkleRootOf(leaf, { index: position, size: signed.head.size, path: nodes });
  if (root === null || toBase64Url(root) !== signed.head.root) return 'NOT_IN_BATCH';
  for (const side of own) {
    if (!(await isSideOf(transfer, side))) return 'SIDE_WRONG';
    if (side.accountId !== (await accountIdOf(side.account))) return 'ACCOUNT_WRONG';
  }
  return null;
}

async function isSignedBy(x: string, { head, signature }: Receipt['head']): Promise<boolean> {
  const bytes = fromBase64Url(signature);
  const key = await importKey(x);
  return bytes !== null && key !== null && crypto.subtle.verify('Ed25519', key, bytes, bytesOf(head));
}

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

/** The hash of a side is salted, so that nobody finds out the other side's balance by trying. */
async function isSideOf(transfer: Receipt['transfer'], own: Receipt['own'][number]): Promise<boolean> {
  const { side, accountId, balanceMinor, version } = own;
  const salt = fromBase64Url(own.salt);
  if (salt === null) return false;
  const hash = await sha256(concatenated(salt, bytesOf({ side, accountId, balanceMinor, version })));
  return toBase64Url(hash) === transfer[side];
}

/** A UUIDv8 of the SHA-256 of the account's name. */
async function accountIdOf({
  purpose,
  ownerId,
  currency,
}: Receipt['own'][number]['account']): Promise<string> {
  const digest = await sha256(new TextEncoder().encode(`${purpose} ${ownerId ?? ''} ${currency}`));
  const bytes = digest.slice(0, 16);
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x80;
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}

const bytesOf = (value: Json): Uint8Array<ArrayBuffer> => new TextEncoder().encode(canonicalJson(value));

const areHashes = (nodes: readonly (Uint8Array | null)[]): nodes is readonly Uint8Array[] =>
  nodes.every((node) => node?.length === 32);

/** The members that are not hashed as they stand: with others beside them something unproved would look proved. */
const members = {
  receipt: ['version', 'transfer', 'own', 'position', 'path', 'head'],
  head: ['head', 'signature'],
  side: ['side', 'accountId', 'account', 'balanceMinor', 'version', 'salt'],
  account: ['purpose', 'ownerId', 'currency'],
} as const;

/** It may come from a file that anybody wrote, whatever its type says. */
function isReceipt(value: unknown): value is Receipt {
  if (!hasExactly(value, members.receipt)) return false;
  const { version, transfer, own, position, path, head } = value;
  if (version !== 1 || !isObject(transfer) || transfer.version !== 1 || typeof position !== 'number')
    return false;
  if (!hasExactly(head, members.head) || !isObject(head.head) || typeof head.signature !== 'string')
    return false;
  const { version: headVersion, chain, size, root } = head.head;
  if (headVersion !== 1 || chain !== 'ledger' || typeof size !== 'number' || typeof root !== 'string')
    return false;
  if (!Array.isArray(path) || ![...path].every((node) => typeof node === 'string')) return false;
  if (!Array.isArray(own) || ![...own].every(isSide)) return false;
  const sides = own.map(({ side }) => side).join();
  return ['debit', 'credit', 'debit,credit'].includes(sides);
}

function isSide(value: unknown): value is Receipt['own'][number] {
  if (!hasExactly(value, members.side) || !hasExactly(value.account, members.account)) return false;
  const texts = [value.side, value.accountId, value.salt, value.account.purpose, value.account.currency];
  const isOwned = value.account.ownerId === null || typeof value.account.ownerId === 'string';
  return isOwned && texts.every((text) => typeof text === 'string');
}

function hasExactly<Name extends string>(
  value: unknown,
  names: readonly Name[],
): value is Record<Name, unknown> {
  return isObject(value) && Object.keys(value).sort().join() === [...names].sort().join();
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
