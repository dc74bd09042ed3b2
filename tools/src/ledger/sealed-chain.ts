import type { ChainReport, Core, SealSettings, VerifyChain } from '@errand-dash/core';

/** A sealed chain as the commands name it. */
export interface SealedChain {
  /** As in its heads. */
  chain: string;
  /** What it is, and what its rows are, in a sentence. */
  name: string;
  rows: string;
  /** The setting that names the file of its heads, and the file. */
  headsSetting: string;
  headsFileOf: (seals: SealSettings) => string | null;
  verify: (db: Core['db'], given: VerifyChain) => Promise<ChainReport>;
}
