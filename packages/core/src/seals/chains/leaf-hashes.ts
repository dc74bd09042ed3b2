import type { SealRecord } from '@errand-dash/db';

const HASH_BYTES = 32;

/** The hashes of a batch's leaves, as they are stored. */
export function hashesOf({ leafHashes }: SealRecord): Buffer[] {
  const bytes = Buffer.from(leafHashes);
  const count = Math.floor(bytes.length / HASH_BYTES);
  return Array.from({ length: count }, (_, index) =>
    bytes.subarray(HASH_BYTES * index, HASH_BYTES * (index + 1)),
  );
}
