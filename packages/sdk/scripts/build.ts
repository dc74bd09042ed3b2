// Compiles src/ to dist/, or does nothing where dist/ was made of the very same sources.
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, globSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const folder = dirname(dirname(fileURLToPath(import.meta.url)));
const dist = join(folder, 'dist');
const stamp = join(dist, '.sources');

const sources = hashOfSources();
if (isFresh()) console.log('dist/ is fresh.');
else build();

function isFresh(): boolean {
  return existsSync(stamp) && readFileSync(stamp, 'utf8') === sources;
}

function hashOfSources(): string {
  const names = ['src/**/*.ts', 'scripts/build.ts', 'tsconfig*.json', '../../tsconfig.base.json'];
  const hash = createHash('sha256');
  for (const name of globSync(names, { cwd: folder }).sort())
    hash.update(`${name}\0`).update(readFileSync(join(folder, name)));
  return hash.digest('hex');
}

function build(): void {
  // Made beside and moved into place, so that who imports dist/ meanwhile never finds half of it.
  const fresh = join(folder, `.dist-${process.pid}`);
  rmSync(fresh, { recursive: true, force: true });
  try {
    const compiler = join(
      dirname(createRequire(import.meta.url).resolve('typescript/package.json')),
      'bin/tsc',
    );
    const args = [compiler, '-p', join(folder, 'tsconfig.build.json'), '--outDir', fresh];
    execFileSync(process.execPath, args, { stdio: 'inherit' });
    for (const name of globSync('**/*.d.ts', { cwd: fresh })) nameCompiledFiles(join(fresh, name));
    writeFileSync(join(fresh, '.sources'), sources);
    replaceDist(fresh);
  } finally {
    rmSync(fresh, { recursive: true, force: true });
  }
  console.log('dist/ is built.');
}

/** Another build may do the same at this moment; of two that were made of the same sources either will do. */
function replaceDist(fresh: string): void {
  const old = join(folder, `.dist-old-${process.pid}`);
  try {
    if (existsSync(dist)) renameSync(dist, old);
    renameSync(fresh, dist);
  } catch (error) {
    if (!isFresh()) throw error;
  } finally {
    rmSync(old, { recursive: true, force: true });
  }
}

/** The compiler rewrites `./x.ts` to `./x.js` in code alone, not in declarations. */
function nameCompiledFiles(path: string): void {
  const text = readFileSync(path, 'utf8');
  writeFileSync(path, text.replaceAll(/(from '\.{1,2}\/[^']*)\.ts'/g, "$1.js'"));
}
