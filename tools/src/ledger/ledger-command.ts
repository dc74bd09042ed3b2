import type { Core } from '@errand-dash/core';

/** A command of `npm run ledger`, or of `npm run audit`. */
export interface LedgerCommand {
  /** What stands after its name. */
  takes: string;
  /** What it does, in a sentence. */
  says: string;
  /** Reads the arguments, before any database is asked. Throws {@link UsageWrong}. */
  prepare: (args: string[]) => (core: Core) => Promise<LedgerAnswer>;
}

export interface LedgerAnswer {
  text: string;
  exitCode: number;
}

/** The arguments are not what the command takes. */
export class UsageWrong extends Error {
  override readonly name = 'UsageWrong';
}

/** What `parseArgs` of Node reads, its error told as ours. */
export function readArguments<T>(read: () => T): T {
  try {
    return read();
  } catch (error) {
    throw new UsageWrong(error instanceof Error ? error.message : String(error));
  }
}
