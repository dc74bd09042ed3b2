import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Booted, boot } from './boot.ts';

const run = promisify(execFile);
const root = path.resolve(import.meta.dirname, '../..');
const compiler = path.join(
  path.dirname(createRequire(import.meta.url).resolve('typescript/package.json')),
  'bin/tsc',
);
let folder = '';
let system: Booted | undefined;

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'errand-dash-consumer-'));
  await makeConsumer();
}, 60_000);
afterAll(async () => {
  await system?.stop();
  await rm(folder, { recursive: true, force: true });
});

const strict = {
  ...{ target: 'es2022', lib: ['es2023', 'dom'], types: ['node'], rootDir: 'src' },
  ...{ strict: true, noUncheckedIndexedAccess: true, exactOptionalPropertyTypes: true },
};
const configurations = {
  nodenext: { module: 'nodenext', rewriteRelativeImportExtensions: true, outDir: 'out' },
  bundler: { module: 'esnext', moduleResolution: 'bundler', allowImportingTsExtensions: true, noEmit: true },
};

/** A project of somebody who installed the tarball: in its `node_modules` is what the SDK asks for and nothing else. */
async function makeConsumer(): Promise<void> {
  const modules = path.join(folder, 'node_modules');
  const sdk = path.join(modules, '@errand-dash/sdk');
  await mkdir(sdk, { recursive: true });
  const pack = ['pack', path.join(root, 'packages/sdk'), '--pack-destination', folder, '--ignore-scripts'];
  await run('npm', [...pack, '--offline', '--loglevel=error'], { cwd: folder });
  const tarball = (await readdir(folder)).find((name) => name.endsWith('.tgz')) ?? '';
  expect((await stat(path.join(folder, tarball))).size).toBeLessThan(100_000);
  await run('tar', ['-xzf', path.join(folder, tarball), '-C', sdk, '--strip-components=1']);

  const { dependencies, peerDependencies } = JSON.parse(
    await readFile(path.join(sdk, 'package.json'), 'utf8'),
  );
  for (const name of [...Object.keys({ ...dependencies, ...peerDependencies }), '@types/node']) {
    await mkdir(path.dirname(path.join(modules, name)), { recursive: true });
    await symlink(path.join(root, 'node_modules', name), path.join(modules, name), 'junction');
  }
  await writeFile(path.join(folder, 'package.json'), '{ "type": "module", "private": true }\n');
  for (const [name, given] of Object.entries(configurations)) {
    const compilerOptions = { ...strict, ...given };
    await writeFile(
      path.join(folder, `tsconfig.${name}.json`),
      JSON.stringify({ compilerOptions, include: ['src'] }),
    );
  }
  await writeProgram(path.join(folder, 'src'));
  await writeSamples(path.join(folder, 'src'), 'README.md', 'house-samples.ts');
  await writeSamples(path.join(folder, 'src'), 'packages/sdk/README.md', 'sdk-samples.ts');
}

/** What a page shows in TypeScript, as one program: its samples go on from each other. */
async function writeSamples(src: string, page: string, file: string): Promise<void> {
  const text = await readFile(path.join(root, page), 'utf8');
  const samples = [...text.matchAll(/^```ts\n(.*?)^```$/gms)].map(([, sample = '']) => sample);
  expect(samples.length, `samples in ${page}`).toBeGreaterThan(0);
  await writeFile(path.join(src, file), samples.join('\n'));
}

/** Its program, with the authenticator as files of its own. */
async function writeProgram(src: string): Promise<void> {
  const authenticator = path.join(root, 'packages/software-authenticator/src');
  await cp(authenticator, path.join(src, 'authenticator'), {
    recursive: true,
    filter: (file) => !file.endsWith('.test.ts'),
  });
  const program = await readFile(path.join(import.meta.dirname, 'consumer/first-steps.ts'), 'utf8');
  await writeFile(
    path.join(src, 'first-steps.ts'),
    program.replace('@errand-dash/software-authenticator', './authenticator/index.ts'),
  );
}

const compile = (name: string) =>
  run(process.execPath, [compiler, '-p', path.join(folder, `tsconfig.${name}.json`)], { cwd: folder }).then(
    () => 'compiles',
    ({ stdout }: { stdout: string }) => stdout,
  );

test.each(Object.keys(configurations))(
  'a consumer with the tarball compiles under %s, and so does what the READMEs show',
  async (name) => {
    expect(await compile(name)).toBe('compiles');
  },
  60_000,
);

test('compiled, it registers, verifies its phone, takes a role, signs in and begins to fund its wallet', async () => {
  system = await boot();
  expect(await compile('nodenext')).toBe('compiles');
  // Where nothing of the repository is on the way up to the root.
  const args = [path.join(folder, 'out/first-steps.js'), system.apiUrl, system.smsFile];
  const { stdout } = await run(process.execPath, args, { cwd: folder });
  expect(JSON.parse(stdout)).toEqual({
    isSame: true,
    isInstant: true,
    roles: ['sender'],
    state: 'pending',
    hasCheckout: true,
    minMinor: 100_00,
  });
}, 180_000);
