import type { LayerRule } from './layer-rule.ts';
import { moduleImports } from './module-imports.ts';
import { packageImports } from './package-imports.ts';
import { pureFiles } from './pure-files.ts';
import { readSource } from './source-file.ts';
import { ledgerWrites, rawSql, sqlClockReads } from './sql-rules.ts';
import { suffixImports } from './suffix-imports.ts';

export const layerRules: readonly LayerRule[] = [
  packageImports,
  moduleImports,
  suffixImports,
  pureFiles,
  sqlClockReads,
  ledgerWrites,
  rawSql,
];

/** Where each rule is broken in this file, as lines for a person. Biome holds the rules that it can. */
export function checkLayers(path: string, text: string): string[] {
  const file = readSource(path, text);
  return layerRules.flatMap((rule) =>
    rule.check(file).map(({ line, message }) => `${path}:${line} ${rule.name}: ${message}`),
  );
}
