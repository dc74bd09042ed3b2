import type { LayerRule } from './layer-rule.ts';
import type { Import, SourceFile } from './source-file.ts';

const drivers = ['kysely', 'pg', 'pg-boss', '@errand-dash/db'];

interface SuffixRule {
  suffix: string;
  /** Why the import breaks the rule; null when it does not. */
  refuse: (imported: Import) => string | null;
}

const suffixRules: readonly SuffixRule[] = [
  {
    suffix: 'machine',
    refuse: ({ specifier }) =>
      /\.machine\.ts$|\/state-machine\.ts$|^@errand-dash\/contract$/.test(specifier)
        ? null
        : 'a machine is data: it imports the contract and other machines alone',
  },
  { suffix: 'rules', refuse: refuseInRules },
  {
    suffix: 'store',
    refuse: ({ specifier }) =>
      /\.(command|query|sweep)\.ts$/.test(specifier) ? 'a store is called by commands and queries' : null,
  },
  {
    suffix: 'command',
    refuse: ({ specifier }) => (/^(kysely|pg)$/.test(specifier) ? 'a command leaves SQL to its store' : null),
  },
  {
    suffix: 'router',
    refuse: ({ specifier }) => (isDriver(specifier) ? 'a router translates: it has no SQL' : null),
  },
  {
    suffix: 'present',
    refuse: ({ specifier }) => (isDriver(specifier) ? 'a presenter shapes: it has no SQL' : null),
  },
];

/** What a file may touch by its suffix. Types are free: nothing of them is left when the program runs. */
export const suffixImports: LayerRule = {
  name: 'suffix-imports',
  promise: 'the suffix says what a file may touch: machine data, rules pure, store SQL, command the shell',
  check: (file: SourceFile) => {
    const rule = suffixRules.find(({ suffix }) => file.path.endsWith(`.${suffix}.ts`));
    if (rule === undefined) return [];
    return file.imports.flatMap((imported) => {
      const reason = imported.isTypeOnly ? null : rule.refuse(imported);
      return reason === null ? [] : [{ line: imported.line, message: `"${imported.specifier}": ${reason}` }];
    });
  },
};

const isDriver = (specifier: string): boolean => drivers.includes(specifier);

function refuseInRules({ specifier, names }: Import): string | null {
  if (isDriver(specifier)) return 'rules import no driver';
  if (specifier.startsWith('node:')) return 'rules import nothing of Node';
  if (['uuid', 'nanoid'].includes(specifier)) return 'rules have no randomness';
  if (names.includes('systemClock')) return 'rules have no clock: time is an argument';
  if (
    /\.(command|store|query|sweep|ceremony)\.ts$|\/(command|claim|query|core|ledger)\.ts$/.test(specifier)
  ) {
    return 'rules decide: they import nothing that reads or writes';
  }
  return null;
}
