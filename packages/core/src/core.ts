import type { Db } from '@errand-dash/db';
import { v7 } from 'uuid';
import type { AuthSettings } from './auth/index.ts';
import type { MessagePorts } from './messages/index.ts';
import type { PaymentSettings } from './payments/index.ts';
import type { Policy } from './policy.ts';
import type { Keyring } from './sealing.ts';
import type { SealSettings } from './seals/index.ts';
import type { WaysInSettings } from './ways-in/index.ts';

/** What happens after a commit that others may want to act upon at once. It may be lost: due rows are the truth. */
export type Wake = (queue: string) => void;

/** One line of the log. `fields` holds ids and codes, nothing personal and no secret. */
export type Log = (
  level: 'info' | 'warn' | 'error',
  message: string,
  fields?: Record<string, unknown>,
) => void;

/** What every command and query is given: the database, chance, keys and the numbers of the processes. */
export interface Core {
  db: Db;
  random: (bytes: number) => Uint8Array;
  keyring: Keyring;
  policy: Policy;
  auth: AuthSettings;
  messages: MessagePorts;
  payments: PaymentSettings;
  seals: SealSettings;
  /** The ways in that are switched on beside passkeys. */
  waysIn: WaysInSettings;
  wake: Wake;
  log: Log;
}

/**
 * Makes UUIDv7s of one instant (RFC 9562), so that keys sort by the command's time, virtual or not, and those of
 * one command in the order in which it made them.
 */
export function createIds(core: Pick<Core, 'random'>, now: Date): () => string {
  let sequence: number | undefined;
  return () => {
    const random = core.random(16);
    // Begins in the lower half of 32 bits, so that no command counts over the end.
    sequence =
      sequence === undefined
        ? new DataView(random.buffer, random.byteOffset).getUint32(0) >>> 1
        : sequence + 1;
    return v7({ msecs: now.getTime(), random, seq: sequence });
  };
}

/** One UUIDv7 of this instant. */
export const newId = (core: Pick<Core, 'random'>, now: Date): string => createIds(core, now)();
