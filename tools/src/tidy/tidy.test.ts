import { describe, expect, it } from 'vitest';
import { houseFiles, readHouseFile } from '../house-files.ts';
import { findLockfileProblems, floors } from './lockfile.ts';
import { findUnchecked } from './unchecked.ts';
import { drawersIn, unfinishedIn } from './words.ts';

const files = houseFiles();
const texts = files.filter((place) => /\.(ts|mjs|json|md|yaml|yml)$|^\.ci\//.test(place));
const sources = files.filter((place) => /\.(ts|mjs)$/.test(place));

describe('the house is tidy', () => {
  it('has no drawer whose name says nothing', () => {
    expect(drawersIn(files)).toEqual([]);
    const planted = ['packages/core/src/utils.ts', 'apps/api/src/lib/x.ts', 'packages/db/src/pool-types.ts'];
    expect(drawersIn(planted)).toEqual(planted.slice(0, 2));
  });

  it('leaves nothing for later and runs every test', () => {
    expect(sources.flatMap((place) => unfinishedIn(place, readHouseFile(place)))).toEqual([]);
    expect(unfinishedIn('a.ts', '// TO' + 'DO: later')).toHaveLength(1);
    expect(unfinishedIn('a.test.ts', 'it.skip' + "If(true)('x', () => {})")).toHaveLength(1);
    expect(unfinishedIn('a.test.ts', 'it.to' + "do('x')")).toHaveLength(1);
  });

  it('checks the types of every file, and again whenever it has changed', () => {
    expect(findUnchecked(files, readHouseFile)).toEqual([]);
    const planted = ['somewhere.ts', 'e2e/elsewhere/x.ts', 'packages/sdk/src/x.ts'];
    expect(findUnchecked([...files, ...planted], readHouseFile)).toEqual(planted.slice(0, 2));
  });

  it('pins every dependency exactly', () => {
    const loose = files
      .filter((place) => place.endsWith('package.json'))
      .flatMap((place) => {
        const manifest = JSON.parse(readHouseFile(place)) as Record<string, Record<string, string>>;
        const kinds = ['dependencies', 'devDependencies', 'optionalDependencies'];
        const entries = kinds.flatMap((kind) => Object.entries(manifest[kind] ?? {}));
        return entries
          .filter(([, range]) => !/^\d+\.\d+\.\d+(-[\w.]+)?$/.test(range))
          .map(([name]) => `${place} ${name}`);
      });
    expect(loose).toEqual([]);
  });

  it('has a lockfile that installs anywhere, with nothing below its security floor', () => {
    expect(findLockfileProblems(readHouseFile('package-lock.json'))).toEqual([]);
  });

  it.each([
    ['below its floor', { 'node_modules/kysely': { version: '0.28.16' } }],
    ['below its floor', { 'node_modules/a/node_modules/qs': { version: '6.9.0' } }],
    [
      'names a registry',
      { 'node_modules/a': { version: '1.0.0', resolved: 'https://registry.example/a.tgz' } },
    ],
    ['is missing', { 'node_modules/a': { version: '1.0.0', optionalDependencies: { b: '1.0.0' } } }],
  ])('notices a package in the lockfile that %s', (problem, packages) => {
    expect(findLockfileProblems(JSON.stringify({ packages }))).toEqual([expect.stringContaining(problem)]);
  });

  it('has a floor for every package that its advisories name', () => {
    expect(Object.keys(floors)).toContain('@trpc/server');
    expect(Object.keys(floors).length).toBeGreaterThanOrEqual(11);
  });

  it('names in .env.example and README every setting that is read, and no other', () => {
    const parsed = ['packages/core/src/settings.ts', 'apps/api/src/env.ts', 'apps/worker/src/env.ts'];
    const declared = parsed.flatMap((place) => [
      ...readHouseFile(place).matchAll(/^ {2}([A-Z][A-Z0-9_]+): /gm),
    ]);
    const names = new Set([
      ...declared.map(([, name]) => name),
      'MIGRATION_DATABASE_URL',
      'TEST_DATABASE_URL',
    ]);
    expect(names).toContain('DATABASE_URL');
    const example = [...readHouseFile('.env.example').matchAll(/^# ([A-Z][A-Z0-9_]+)=/gm)].map(
      ([, name]) => name,
    );
    expect(example.sort()).toEqual([...names].sort());
    const table = readHouseFile('README.md')
      .split('\n')
      .filter((line) => line.startsWith('| `'))
      .map((line) => line.split('|')[1] ?? '')
      .join();
    const explained = [...table.matchAll(/`([A-Z][A-Z0-9_]+)`/g)].map(([, name]) => name);
    expect(explained.sort()).toEqual([...names].sort());
  });

  it('names no path of anybody’s machine and no registry', () => {
    const found = texts.filter((place) =>
      /\/(?:home|Users)\/[a-z]|registry\.npmjs/.test(readHouseFile(place)),
    );
    expect(found.filter((place) => place !== 'tools/src/tidy/tidy.test.ts')).toEqual([]);
  });
});
