import { randomBytes } from 'node:crypto';
import { hash, type Options, verify } from '@node-rs/argon2';
import { orThrow, refuse } from '../../refusal.ts';

/** Hashes passwords by Argon2id, so many at a time. */
export interface PasswordHasher {
  /** A PHC string. Refuses with `SERVICE_BUSY` when too many wait. */
  hash: (password: string) => Promise<string>;
  /**
   * Whether a password is the one of a PHC string. Without one it works as long and says no, so that nobody learns by
   * the time who has a password. Refuses with `SERVICE_BUSY` when too many wait.
   */
  verify: (phc: string | null, password: string) => Promise<boolean>;
}

/**
 * `concurrencyMax` hashes run at once, each in 19 MiB and on a thread of Node's pool, and `waitingMax` more wait, so
 * that a burst takes neither the memory nor the processors from everybody else.
 */
export function createPasswordHasher({ concurrencyMax = 2, waitingMax = 16 } = {}): PasswordHasher {
  const turns = takeTurns(concurrencyMax, waitingMax);
  let nobody: Promise<string> | null = null;
  const hashOfNobody = (): Promise<string> => {
    nobody ??= hash(randomBytes(32), argon2id);
    return nobody;
  };
  return {
    hash: (password) => turns(() => hash(password, argon2id)),
    verify: (phc, password) =>
      turns(async () => {
        // Made at the first call of either kind.
        const nobodysHash = await hashOfNobody();
        const isRight = await verify(phc ?? nobodysHash, password);
        return isRight && phc !== null;
      }),
  };
}

/**
 * 19 MiB, two passes, one lane: the least that the OWASP Password Storage Cheat Sheet recommends for Argon2id
 * (RFC 9106). The values of Argon2id and version 0x13 are the library's constants, which are not there at run time.
 */
const argon2id: Options = { algorithm: 2, version: 1, memoryCost: 19_456, timeCost: 2, parallelism: 1 };

/** Lets so many run at once and so many wait, in their order. */
function takeTurns(concurrencyMax: number, waitingMax: number) {
  const waiting: (() => void)[] = [];
  let running = 0;
  return async <T>(work: () => Promise<T>): Promise<T> => {
    if (running >= concurrencyMax) {
      if (waiting.length >= waitingMax) orThrow(refuse('SERVICE_BUSY', { retryAfterSeconds: 1 }));
      await new Promise<void>((resolve) => waiting.push(resolve));
    } else running += 1;
    try {
      return await work();
    } finally {
      // The turn is handed on, so that nobody who comes now goes before those who wait.
      const next = waiting.shift();
      if (next === undefined) running -= 1;
      else next();
    }
  };
}
