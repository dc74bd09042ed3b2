interface LockedPackage {
  version?: string;
  resolved?: string;
  link?: boolean;
  optionalDependencies?: Record<string, string>;
}

/** The lowest versions without a known advisory that concerns us. Not every registry answers `npm audit`. */
export const floors: Readonly<Record<string, string>> = {
  '@trpc/server': '11.8.0',
  kysely: '0.28.17',
  '@simplewebauthn/server': '13.3.2',
  superjson: '2.2.3',
  'body-parser': '2.3.0',
  qs: '6.16.0',
  'path-to-regexp': '8.4.0',
  multer: '2.3.0',
  sharp: '0.35.4',
  ws: '8.21.0',
  node: '24.13.0',
};

/** What is wrong with a package-lock.json. */
export function findLockfileProblems(text: string): string[] {
  const { packages } = JSON.parse(text) as { packages: Record<string, LockedPackage> };
  return Object.entries(packages).flatMap(([place, locked]) => {
    const name = place.split('node_modules/').at(-1) ?? '';
    const floor = place === '' ? undefined : floors[name];
    const problems: string[] = [];
    if (floor !== undefined && isBelow(locked.version ?? '0', floor)) {
      problems.push(`${place} ${locked.version} is below its floor ${floor}`);
    }
    if (/^[a-z+]+:\/\//.test(locked.resolved ?? '')) problems.push(`${place} names a registry`);
    return [...problems, ...missingOptionals(place, locked, packages)];
  });
}

/**
 * npm leaves out of the lock what a registry does not have for other platforms, and `npm ci` then fails where the
 * registry does have it. `node tools/src/complete-lockfile.ts` adds them.
 */
function missingOptionals(
  place: string,
  locked: LockedPackage,
  packages: Record<string, LockedPackage>,
): string[] {
  return Object.keys(locked.optionalDependencies ?? {})
    .filter((name) => packages[`${place}/node_modules/${name}`] === undefined)
    .filter((name) => packages[`node_modules/${name}`] === undefined)
    .map((name) => `node_modules/${name}, which ${place} may need, is missing: run complete-lockfile.ts`);
}

function isBelow(version: string, floor: string): boolean {
  const [have, need] = [version, floor].map((text) => text.split('-')[0]?.split('.').map(Number) ?? []);
  for (const index of [0, 1, 2]) {
    const difference = (have?.[index] ?? 0) - (need?.[index] ?? 0);
    if (difference !== 0) return difference < 0;
  }
  return false;
}
