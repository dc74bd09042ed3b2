import type { SourceFile } from './source-file.ts';

export interface Breach {
  line: number;
  message: string;
}

/** One rule of the house, checked file by file. */
export interface LayerRule {
  name: string;
  /** What holds where the rule is kept. */
  promise: string;
  check: (file: SourceFile) => Breach[];
}

/** Tests and what only they import. */
export const isTestFile = (path: string): boolean => /\.test\.ts$|\/testing\//.test(path);
