import type { Call } from './claim.ts';
import { ceremony } from './command.ts';
import type { Core } from './core.ts';
import { type Refusal, Refused } from './refusal.ts';

/**
 * Does what a call does outside of its transactions, such as hashing. What that refuses is told to the audit log by the
 * name of the call, in a transaction of its own, as what is refused inside of one is.
 */
export async function tellingRefusals<R>(
  core: Core,
  call: Call,
  name: string,
  work: () => Promise<R>,
): Promise<R> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    return tellRefusal<R>(core, call, name, error.refusal);
  }
}

/** Refuses, and tells the audit log of it. */
export const tellRefusal = <R>(core: Core, call: Call, name: string, refusal: Refusal): Promise<R> =>
  ceremony<Refusal, R>(name, async (_tx, refused) => ({ refusal: refused }))(core, call, refusal);
