import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { root } from '../house-files.ts';

/** One file each that breaks one rule which Biome holds, by our own configuration. */
const planted: readonly [rule: string, file: string, text: string][] = [
  ['noUndeclaredDependencies', 'apps/api/src/a.ts', `import { x } from 'left-pad';\nconsole.log(x);`],
  ['noImportCycles', 'apps/api/src/b.ts', `import { c } from './c.ts';\nexport const b = () => c;`],
  ['noProcessEnv', 'apps/api/src/d.ts', 'export const home = process.env.HOME;'],
  ['noDefaultExport', 'apps/api/src/e.ts', 'export default 1;'],
  ['noEnum', 'apps/api/src/f.ts', 'export enum F { A }'],
  ['noNamespace', 'apps/api/src/g.ts', 'export namespace G { export const a = 1; }'],
  ['noParameterProperties', 'apps/api/src/h.ts', 'export class H { constructor(readonly a: string) {} }'],
  ['noExplicitAny', 'apps/api/src/i.ts', 'export const i = (a: any) => a;'],
  ['noNonNullAssertion', 'apps/api/src/j.ts', 'export const j = (a?: string) => a!.length;'],
  ['noFocusedTests', 'apps/api/src/k.test.ts', `import { it } from 'vitest';\nit.only('x', () => {});`],
  ['noSkippedTests', 'apps/api/src/l.test.ts', `import { it } from 'vitest';\nit.skip('x', () => {});`],
  ['noExcessiveLinesPerFunction', 'apps/api/src/m.ts', `export function m() {\n${'  m();\n'.repeat(80)}}`],
  ['noExcessiveLinesPerFile', 'apps/api/src/n.ts', 'export const n = 1;\nconsole.log(n);\n'.repeat(230)],
  ['noFloatingPromises', 'apps/api/src/o.ts', 'async function run() {}\nexport function o() {\n  run();\n}'],
  ['noTsIgnore', 'apps/api/src/p.ts', '// @ts-ignore\nexport const p: string = 1;'],
];

const allowed: readonly [file: string, text: string][] = [
  ['apps/api/src/env.ts', 'export const home = process.env.HOME;'],
  ['tools/src/start.ts', 'export const home = process.env.HOME;'],
  ['apps/api/src/c.test.ts', `import { it } from 'vitest';\nit('x', () => {});`],
];

interface Diagnostic {
  category?: string;
  location?: { path?: string | { file?: string } };
}

describe('the rules that Biome holds', () => {
  let folder = '';
  let found: { rule: string; file: string }[] = [];

  beforeAll(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'errand-dash-planted-'));
    cpSync(path.join(root, 'biome.json'), path.join(folder, 'biome.json'));
    const files = [...planted.map(([, file, text]) => [file, text] as const), ...allowed];
    const support: typeof files = [
      ['apps/api/package.json', '{ "name": "planted", "dependencies": {} }'],
      ['apps/api/src/c.ts', `import { b } from './b.ts';\nexport const c = () => b;`],
    ];
    for (const [file, text] of [...files, ...support]) {
      mkdirSync(path.join(folder, path.dirname(file)), { recursive: true });
      writeFileSync(path.join(folder, file), `${text}\n`);
    }
    const biome = path.join(root, 'node_modules', '.bin', 'biome');
    const flags = ['lint', '--vcs-enabled=false', '--reporter=json', '--max-diagnostics=none', '.'];
    const { stdout } = spawnSync(biome, flags, { cwd: folder, encoding: 'utf8' });
    const { diagnostics } = JSON.parse(stdout) as { diagnostics: Diagnostic[] };
    found = diagnostics.map(({ category = '', location }) => {
      const place = location?.path;
      return {
        rule: category.split('/').at(-1) ?? '',
        file: (typeof place === 'string' ? place : place?.file) ?? '',
      };
    });
  }, 60_000);

  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it.each(planted)('%s finds what is planted in %s', (rule, file) => {
    expect(found).toContainEqual({ rule, file });
  });

  it.each(allowed)('nothing is found in %s, where it is allowed', (file) => {
    expect(found.filter((one) => one.file === file)).toEqual([]);
  });
});
