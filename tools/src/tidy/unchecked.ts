import path from 'node:path';

/**
 * The TypeScript files whose mistakes nobody would hear of: no workspace's type check includes them, or turbo would
 * answer it from its cache after they have changed.
 */
export function findUnchecked(files: readonly string[], read: (place: string) => string): string[] {
  const inputs: string[] = JSON.parse(read('turbo.json')).tasks.typecheck.inputs;
  const workspaces = files
    .filter((place) => place.endsWith('/package.json'))
    .map((place) => ({ folder: path.posix.dirname(place), script: typecheckOf(read(place)) }))
    .map(({ folder, script }) => ({
      included: [...script.matchAll(/-p (\S+)/g)].flatMap(([, config = '']) =>
        includedBy(path.posix.join(folder, config), read),
      ),
      watched: inputs.map((input) =>
        input.startsWith('$TURBO_ROOT$/') ? input.slice(13) : path.posix.join(folder, input),
      ),
    }));
  return files.filter(
    (place) =>
      place.endsWith('.ts') &&
      !workspaces.some(({ included, watched }) => isAmong(included, place) && isAmong(watched, place)),
  );
}

const typecheckOf = (manifest: string): string => JSON.parse(manifest).scripts?.typecheck ?? '';

/** A folder in `include` means all that is in it. */
const includedBy = (config: string, read: (place: string) => string): string[] =>
  (JSON.parse(read(config)).include as string[])
    .map((pattern) => path.posix.join(path.posix.dirname(config), pattern))
    .map((pattern) => (pattern.endsWith('.ts') ? pattern : `${pattern}/**`));

const isAmong = (patterns: readonly string[], place: string): boolean =>
  patterns.some((pattern) => path.posix.matchesGlob(place, pattern));
