import { hash, type KeyObject, sign, verify } from 'node:crypto';
import { z } from 'zod';
import { canonicalJson } from '../../canonical-json.ts';

const digest = z.string().regex(/^[A-Za-z0-9_-]{43}$/);
const sealHead = z.strictObject({
  version: z.literal(1),
  chain: z.string().regex(/^[a-z][a-z-]{0,39}$/),
  number: z.int().min(1),
  size: z.int().min(1),
  total: z.int().min(1),
  root: digest,
  previousHead: digest.nullable(),
  sealedAt: z.iso.datetime({ precision: 3 }),
  keyId: z.string().min(1),
});
const signedHead = z.strictObject({ head: sealHead, signature: z.base64url() });

/** What is signed of a batch of rows. Each head names the one before it by its hash. */
export interface SealHead {
  version: 1;
  /** Which sequence of rows, such as `ledger`. */
  chain: string;
  /** Counts the heads of the chain from 1. */
  number: number;
  /** How many rows the batch has, and the chain up to its end. */
  size: number;
  total: number;
  /** The root of the batch's Merkle tree, base64url as all hashes here. */
  root: string;
  /** SHA-256 of the canonical JSON of the head before; null of the first. */
  previousHead: string | null;
  /** ISO 8601. */
  sealedAt: string;
  /** Names the key of the signature. */
  keyId: string;
}

/** A head as it is published. */
export interface SignedHead {
  head: SealHead;
  /** Ed25519 (RFC 8032) over the canonical JSON (RFC 8785) of the head, base64url. */
  signature: string;
}

/** A key that signs heads, or one that did so once: of that the public half is enough. */
export interface HeadKey {
  id: string;
  publicKey: KeyObject;
  privateKey: KeyObject | null;
}

/** What sealing needs to know of the place where it runs. */
export interface SealSettings {
  /** The first signs, all of them verify. */
  keys: readonly [HeadKey & { privateKey: KeyObject }, ...HeadKey[]];
  /** The file to which every head of the ledger is added, one JSON object a line, by the workers; null where there is none. */
  headsFile: string | null;
  /** The same of the audit log. */
  auditHeadsFile: string | null;
}

/** Signs a head with the first key, whose name it gets. */
export function signHead(
  unsigned: Omit<SealHead, 'keyId'>,
  { keys: [key] }: Pick<SealSettings, 'keys'>,
): SignedHead {
  const head = { ...unsigned, keyId: key.id };
  return { head, signature: sign(null, bytesOf(head), key.privateKey).toString('base64url') };
}

/** Whether the key that the head names signed it; null where nobody has a key of that name. */
export function isHeadSigned({ head, signature }: SignedHead, keys: readonly HeadKey[]): boolean | null {
  const key = keys.find(({ id }) => id === head.keyId);
  return key === undefined
    ? null
    : verify(null, bytesOf(head), key.publicKey, Buffer.from(signature, 'base64url'));
}

/** By which the next head names this one. */
export const headHash = (head: SealHead): string => hash('sha256', bytesOf(head), 'base64url');

/** A published head out of JSON; null where it is none. */
export const parseSignedHead = (value: unknown): SignedHead | null =>
  signedHead.safeParse(value).data ?? null;

/** A head out of its canonical JSON; null where the text is anything else. */
export function parseHead(text: string): SealHead | null {
  try {
    const { data } = sealHead.safeParse(JSON.parse(text));
    return data !== undefined && canonicalJson(data) === text ? data : null;
  } catch {
    return null;
  }
}

const bytesOf = (head: SealHead): Buffer => Buffer.from(canonicalJson(head), 'utf8');
