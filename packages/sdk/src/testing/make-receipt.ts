import { canonicalJson, type Json } from '../canonical-json.ts';
import type { LedgerKeys } from '../head-signature.ts';
import type { Receipt } from '../verify-receipt.ts';

/** A key pair of a ledger's, and what it publishes of it. */
export interface Sealer {
  keys: LedgerKeys;
  sign: (text: string) => Promise<string>;
}

export async function makeSealer(kid: string): Promise<Sealer> {
  const pair = (await crypto.subtle.generateKey('Ed25519', true, ['sign', 'verify'])) as CryptoKeyPair;
  const { kty = '', crv = '', x = '' } = await crypto.subtle.exportKey('jwk', pair.publicKey);
  return {
    keys: { keys: [{ kty, crv, x, kid }] },
    sign: async (text) => base64Url(await crypto.subtle.sign('Ed25519', pair.privateKey, utf8(text))),
  };
}

/** A receipt as the ledger makes them, from what is documented: the given place in a batch of the given size. */
export async function makeReceipt(
  sealer: Sealer,
  { position, size, sides = ['credit'] }: { position: number; size: number; sides?: ('debit' | 'credit')[] },
): Promise<Receipt> {
  const name = {
    purpose: 'available',
    ownerId: '0198f000-0000-7000-8000-000000000001',
    currency: 'NGN',
  } as const;
  const salts = {
    debit: crypto.getRandomValues(new Uint8Array(32)),
    credit: crypto.getRandomValues(new Uint8Array(32)),
  };
  const sideOf = async (side: 'debit' | 'credit') => ({
    side,
    accountId: await accountId(`${name.purpose} ${name.ownerId} ${name.currency}`),
    balanceMinor: side === 'debit' ? 700 : 1200,
    version: 3,
  });
  const hashOf = async (side: 'debit' | 'credit') =>
    base64Url(await sha256(salts[side], utf8(canonicalJson(await sideOf(side)))));
  const transfer: Receipt['transfer'] = {
    version: 1,
    transferId: '0198f000-0000-7000-8000-000000000002',
    setId: '0198f000-0000-7000-8000-000000000003',
    leg: 2,
    legs: 2,
    kind: 'escrow.release',
    cause: { type: 'errand', id: '0198f000-0000-7000-8000-000000000004' },
    reversesSetId: null,
    amountMinor: 500,
    currency: 'NGN',
    postedAt: '2026-03-01T09:00:00.000Z',
    debit: await hashOf('debit'),
    credit: await hashOf('credit'),
    authority: base64Url(await sha256(utf8('something'))),
  };
  const leaves = await Promise.all(
    Array.from({ length: size }, (_, index) =>
      sha256(Uint8Array.of(0), utf8(index === position ? canonicalJson(transfer as Json) : `other ${index}`)),
    ),
  );
  const head: Receipt['head']['head'] = {
    version: 1,
    chain: 'ledger',
    number: 4,
    size,
    total: 40 + size,
    root: base64Url(await rootOf(leaves)),
    previousHead: base64Url(await sha256(utf8('the head before'))),
    sealedAt: '2026-03-01T09:00:30.000Z',
    keyId: sealer.keys.keys[0]?.kid ?? '',
  };
  return {
    version: 1,
    transfer,
    own: await Promise.all(
      sides.map(async (side) => ({ ...(await sideOf(side)), account: name, salt: base64Url(salts[side]) })),
    ),
    position,
    path: (await pathOf(leaves, position)).map(base64Url),
    head: { head, signature: await sealer.sign(canonicalJson(head as Json)) },
  };
}

/** By the definitions of RFC 9162, sections 2.1.1 and 2.1.3.1, which split a tree at the largest power of two. */
export async function rootOf(leaves: readonly Uint8Array[]): Promise<Uint8Array> {
  const [first = new Uint8Array()] = leaves;
  if (leaves.length === 1) return first;
  const split = splitOf(leaves);
  return sha256(Uint8Array.of(1), await rootOf(leaves.slice(0, split)), await rootOf(leaves.slice(split)));
}

export async function pathOf(leaves: readonly Uint8Array[], index: number): Promise<Uint8Array[]> {
  if (leaves.length === 1) return [];
  const split = splitOf(leaves);
  return index < split
    ? [...(await pathOf(leaves.slice(0, split), index)), await rootOf(leaves.slice(split))]
    : [...(await pathOf(leaves.slice(split), index - split)), await rootOf(leaves.slice(0, split))];
}

function splitOf({ length }: readonly unknown[]): number {
  let split = 1;
  while (split * 2 < length) split *= 2;
  return split;
}

export async function accountId(name: string): Promise<string> {
  const hex = [...(await sha256(utf8(name)))].map((byte) => byte.toString(16).padStart(2, '0')).join('');
  const variant = ((Number.parseInt(hex.charAt(16), 16) & 3) | 8).toString(16);
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(13, 16)}-${variant}${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}

export const utf8 = (text: string) => new TextEncoder().encode(text);

export async function sha256(...parts: Uint8Array[]): Promise<Uint8Array> {
  const bytes = Uint8Array.from(parts.flatMap((part) => [...part]));
  return new Uint8Array(await crypto.subtle.digest('SHA-256', bytes));
}

export const base64Url = (bytes: Uint8Array | ArrayBuffer): string =>
  btoa(String.fromCharCode(...new Uint8Array(bytes)))
    .replaceAll('+', '-')
    .replaceAll('/', '_')
    .replaceAll('=', '');
