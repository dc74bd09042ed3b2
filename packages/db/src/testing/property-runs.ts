import type { Parameters } from 'fast-check';

/**
 * How often a property is tried. A failure prints its seed and its path: `FC_SEED` and `FC_PATH` bring the same case
 * back, `FC_RUNS` tries more of them.
 */
export function propertyRuns(runs: number): Pick<Parameters<unknown>, 'numRuns' | 'seed' | 'path'> {
  const { FC_SEED: seed, FC_PATH: path, FC_RUNS: wanted } = process.env;
  return {
    numRuns: wanted ? Number(wanted) : runs,
    ...(seed ? { seed: Number(seed) } : {}),
    ...(path ? { path } : {}),
  };
}
