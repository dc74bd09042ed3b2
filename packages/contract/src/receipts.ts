import { z } from 'zod';
import { idIn } from './ids.ts';
import { amountMinorOut, balanceAtMinorOut, currency } from './money.ts';

/** SHA-256, or 32 bytes of salt, as base64url. */
const digest = z.string().regex(/^[A-Za-z0-9_-]{43}$/);
/** ISO 8601 in UTC. A text, since it is part of what is hashed. */
const instantText = z.string().regex(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}(\d{3})?Z$/);
const count = z.int().min(1);

/** What is signed of a batch of sealed rows. Each head names the one before it. */
export const sealHead = z.strictObject({
  version: z.literal(1),
  chain: z.string(),
  /** Counts the heads of the chain from 1. */
  number: count,
  /** How many rows the batch has, and the chain up to its end. */
  size: count,
  total: count,
  /** The root of the batch's Merkle tree (RFC 9162). */
  root: digest,
  /** SHA-256 of the canonical JSON (RFC 8785) of the head before; null of the first. */
  previousHead: digest.nullable(),
  sealedAt: instantText,
  /** Which key signed. */
  keyId: z.string(),
});

export const signedHead = z.strictObject({
  head: sealHead,
  /** Ed25519 over the canonical JSON of the head, base64url. */
  signature: z.string().regex(/^[A-Za-z0-9_-]{86}$/),
});
export type SignedHead = z.infer<typeof signedHead>;

/** A transfer as it is sealed, to the letter: its canonical JSON is the leaf of the tree. */
export const sealedTransfer = z.strictObject({
  version: z.literal(1),
  transferId: z.uuid(),
  setId: z.uuid(),
  /** Its place in its set, from 1, and how many transfers that has. */
  leg: count,
  legs: count,
  kind: z.string(),
  cause: z.strictObject({ type: z.string(), id: z.string() }),
  reversesSetId: z.uuid().nullable(),
  amountMinor: amountMinorOut,
  currency,
  postedAt: instantText,
  /** SHA-256 over the salt and the canonical JSON of that side, and of what the transfer was posted by. */
  debit: digest,
  credit: digest,
  authority: digest,
});

/** One side of a transfer, with the salt of its hash. */
export const sealedSide = z.strictObject({
  side: z.enum(['debit', 'credit']),
  /** A UUIDv8 of the SHA-256 of the account's name: purpose, owner or nothing, and currency, with spaces between. */
  accountId: z.uuid(),
  account: z.strictObject({ purpose: z.string(), ownerId: z.string().nullable(), currency }),
  /** What the account had after the transfer, and the transfer's number in it; null where nothing guards it. */
  balanceMinor: balanceAtMinorOut.nullable(),
  version: count.nullable(),
  salt: digest,
});

/** What proves to anybody, without asking the server, that a transfer is in the sealed ledger. */
export const receipt = z.strictObject({
  version: z.literal(1),
  transfer: sealedTransfer,
  /** The sides that are the reader's own. */
  own: z.array(sealedSide).min(1).max(2),
  /** The place of the transfer in its batch, from 0. */
  position: z.int().min(0),
  /** The proof of inclusion (RFC 9162), nearest node first. */
  path: z.array(digest).max(64),
  head: signedHead,
});
export type Receipt = z.infer<typeof receipt>;

export const getReceiptsIn = z.strictObject({ transferIds: z.array(idIn('transfer')).min(1).max(100) });
/** In the order of the ids. Null: not sealed yet, or not a transfer of this person's. */
export const receipts = z.strictObject({ receipts: z.array(receipt.nullable()) });
