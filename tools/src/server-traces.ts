import { houseFiles, readHouseFile } from './house-files.ts';

/** A file of what is published. */
export interface PublishedFile {
  path: string;
  text: string;
}

/**
 * What of the server is to be found in files that strangers get: sources, and names of tables, settings, functions,
 * inner routes and libraries. Empty is how it must be.
 */
export function findServerTraces(files: readonly PublishedFile[]): string[] {
  const words = serverWords();
  return files.flatMap(({ path, text }) => {
    const isSource = /(?<!\.d)\.[mc]?ts$|\.map$/.test(path);
    const named = words.filter((word) => hasWord(text, word)).map((word) => `${path} names ${word}`);
    return isSource ? [`${path} is a source`, ...named] : named;
  });
}

/** Whole words only: `pg` is not in `upgrade`. */
function hasWord(text: string, word: string): boolean {
  for (let at = text.indexOf(word); at >= 0; at = text.indexOf(word, at + 1)) {
    const [before = ' ', after = ' '] = [text[at - 1], text[at + word.length]];
    if (!/\w/.test(before) && !/\w/.test(after)) return true;
  }
  return false;
}

const libraries = [
  'kysely',
  'pg',
  'pg-boss',
  'postgres',
  'postgresql',
  'PostgreSQL',
  'express',
  'pino',
  'h3-js',
];
const packages = ['core', 'db', 'contract', 'api', 'worker', 'paystack'].map(
  (name) => `@errand-dash/${name}`,
);
const routes = ['/webhooks', '/balances', '/clock', '/drifts', '/reconciliation', '/health', '/sandbox'];
const serverFolders = ['packages/core', 'packages/db', 'packages/paystack', 'apps/api', 'apps/worker'];

/** Everything that only the server calls so. A single word that anybody might use is not among it. */
export function serverWords(): string[] {
  const sources = serverFolders.flatMap((folder) => sourcesIn(`${folder}/src`)).join('\n');
  const tables = namesIn(sources, /^ {2}(\w+): \w+(?:Table|View);$/gm);
  const routines = namesIn(sources, /create (?:or replace )?function (\w+)/gi);
  const settings = namesIn(readSettings(), /^ {2}([A-Z0-9_]+): /gm);
  const functions = namesIn(sources, /^export (?:async )?(?:function|const) (\w+)/gm);
  const own = clientNames();
  const telling = [...tables, ...routines, ...settings, ...functions].filter((name) =>
    /_|[a-z][A-Z]/.test(name),
  );
  return [...libraries, ...packages, ...routes, ...new Set(telling.filter((name) => !own.has(name)))];
}

const readSettings = (): string =>
  ['packages/core/src/settings.ts', 'apps/api/src/env.ts', 'apps/worker/src/env.ts']
    .map(readHouseFile)
    .join('\n');

/** What the client may call by the same name: what it and the contract declare, the contract's fields, the procedures. */
function clientNames(): Set<string> {
  const generated = 'packages/sdk/src/generated';
  const contract = sourcesIn('packages/contract/src').join('\n');
  const client = sourcesIn('packages/sdk/src', generated).join('\n');
  const declaration = /\b(?:function|const|let|class|interface|type) (\w+)/g;
  const procedures = namesIn(readHouseFile(`${generated}/manifest.ts`), /'\w+\.(\w+)': \{/g);
  const fields = namesIn(contract, /^\s+(\w+)\??: /gm);
  return new Set([...namesIn(contract + client, declaration), ...fields, ...procedures]);
}

const sourcesIn = (folder: string, without = 'no folder'): string[] =>
  houseFiles(folder)
    .filter((file) => file.endsWith('.ts') && !/\.test\.ts$|\/testing\//.test(file))
    .filter((file) => !file.startsWith(`${without}/`))
    .map(readHouseFile);

const namesIn = (text: string, pattern: RegExp): string[] =>
  [...text.matchAll(pattern)].map(([, name = '']) => name);
