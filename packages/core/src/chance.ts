import { randomFillSync } from 'node:crypto';

const POOL_BYTES = 4096;

/**
 * Random bytes of the system, fetched in larger pieces: a command asks for some bytes a dozen times, and each fetch
 * costs more than what is done with them. No byte is handed out twice or kept once it was.
 */
export function createChance(): (bytes: number) => Uint8Array {
  const pool = new Uint8Array(POOL_BYTES);
  let used = POOL_BYTES;
  return (bytes) => {
    if (bytes > POOL_BYTES) return randomFillSync(new Uint8Array(bytes));
    if (used + bytes > POOL_BYTES) {
      randomFillSync(pool);
      used = 0;
    }
    const chosen = pool.slice(used, used + bytes);
    pool.fill(0, used, used + bytes);
    used += bytes;
    return chosen;
  };
}
