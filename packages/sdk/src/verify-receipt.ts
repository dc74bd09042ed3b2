import { concatenated, fromBase64Url, sha256, toBase64Url, utf8 } from './bytes.ts';
import {
  canonicalBytes,
  findSignatureFault,
  hasExactly,
  isFlat,
  isObject,
  isSignedHead,
  type LedgerKeys,
  type SignatureFault,
} from './head-signature.ts';
import { merkleRootOf } from './merkle-root-of.ts';
import type { Outputs } from './router-types.ts';

/** What proves that a transfer is in the sealed ledger, as `dash.wallet.getReceipts` gives it. */
export type Receipt = NonNullable<Outputs['wallet']['getReceipts']['receipts'][number]>;

/**
 * Why a receipt proves nothing: it is no receipt at all; nobody has the key; the head is not signed by it; the transfer
 * is not in the batch of that head; a side is not the one that was sealed; or its account is not what its id says.
 */
export type ReceiptFault = SignatureFault | 'NOT_IN_BATCH' | 'SIDE_WRONG' | 'ACCOUNT_WRONG';

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

async function findFault(receipt: Receipt, keys: LedgerKeys): Promise<ReceiptFault | null> {
  const { transfer, own, position, path, head: signed } = receipt;
  const fault = await findSignatureFault(signed, keys);
  if (fault !== null) return fault;
  const nodes = path.map(fromBase64Url);
  if (!areHashes(nodes)) return 'MALFORMED';
  const leaf = await sha256(concatenated(Uint8Array.of(0), canonicalBytes(transfer)));
  const root = await merkleRootOf(leaf, { index: position, size: signed.head.size, path: nodes });
  if (root === null || toBase64Url(root) !== signed.head.root) return 'NOT_IN_BATCH';
  for (const side of own) {
    if (!(await isSideOf(transfer, side))) return 'SIDE_WRONG';
    if (side.accountId !== (await accountIdOf(side.account))) return 'ACCOUNT_WRONG';
  }
  return null;
}

/** The hash of a side is salted, so that nobody finds out the other side's balance by trying. */
async function isSideOf(transfer: Receipt['transfer'], own: Receipt['own'][number]): Promise<boolean> {
  const { side, accountId, balanceMinor, version } = own;
  const salt = fromBase64Url(own.salt);
  if (salt === null) return false;
  const hash = await sha256(concatenated(salt, canonicalBytes({ side, accountId, balanceMinor, version })));
  return toBase64Url(hash) === transfer[side];
}

/** A UUIDv8 of the SHA-256 of the account's name. */
async function accountIdOf({
  purpose,
  ownerId,
  currency,
}: Receipt['own'][number]['account']): Promise<string> {
  const digest = await sha256(utf8(`${purpose} ${ownerId ?? ''} ${currency}`));
  const bytes = digest.slice(0, 16);
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x80;
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}

const areHashes = (nodes: readonly (Uint8Array | null)[]): nodes is readonly Uint8Array[] =>
  nodes.every((node) => node?.length === 32);

/** The members that are not hashed as they stand: with others beside them something unproved would look proved. */
const members = {
  receipt: ['version', 'transfer', 'own', 'position', 'path', 'head'],
  side: ['side', 'accountId', 'account', 'balanceMinor', 'version', 'salt'],
  account: ['purpose', 'ownerId', 'currency'],
} as const;

/** It may come from a file that anybody wrote, whatever its type says. */
function isReceipt(value: unknown): value is Receipt {
  if (!hasExactly(value, members.receipt)) return false;
  const { version, transfer, own, position, path, head } = value;
  if (version !== 1 || !isObject(transfer) || transfer.version !== 1 || typeof position !== 'number')
    return false;
  const { cause, ...said } = transfer;
  if (!isFlat(said) || !isObject(cause) || !isFlat(cause)) return false;
  if (!isSignedHead(head)) return false;
  if (!Array.isArray(path) || ![...path].every((node) => typeof node === 'string')) return false;
  if (!Array.isArray(own) || ![...own].every(isSide)) return false;
  const sides = own.map(({ side }) => side).join();
  return ['debit', 'credit', 'debit,credit'].includes(sides);
}

function isSide(value: unknown): value is Receipt['own'][number] {
  if (!hasExactly(value, members.side) || !hasExactly(value.account, members.account)) return false;
  const { account, ...own } = value;
  if (!isFlat(own) || !isFlat(account)) return false;
  const texts = [value.side, value.accountId, value.salt, value.account.purpose, value.account.currency];
  const isOwned = value.account.ownerId === null || typeof value.account.ownerId === 'string';
  return isOwned && texts.every((text) => typeof text === 'string');
}
