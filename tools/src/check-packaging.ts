import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { root } from './house-files.ts';
import { runProgram } from './run-program.ts';
import { findServerTraces, type PublishedFile } from './server-traces.ts';

/**
 * Packs the SDK as it would be published and has publint look at its package.json, and attw at whether its types
 * are found the ways that projects look for them. Returns what they complain of, and what is in it of the server.
 */
export async function checkPackaging(): Promise<string[]> {
  const folder = mkdtempSync(path.join(tmpdir(), 'errand-dash-pack-'));
  try {
    const sdk = path.join(root, 'packages', 'sdk');
    const pack = ['npm', 'pack', sdk, '--pack-destination', folder, '--json', '--ignore-scripts'];
    const packed = await runProgram([...pack, '--loglevel=error'], { isQuiet: true });
    if (packed.exitCode !== 0) return [`npm pack: ${packed.output}`];
    const tarball = path.join(folder, /[\w.-]+\.tgz/.exec(packed.output)?.[0] ?? '');
    const files = await readTarball(tarball, path.join(folder, 'unpacked'));
    const { size } = statSync(tarball);
    console.log(`The SDK is ${(size / 1000).toFixed(1)} kB, packed of ${files.length} files.`);
    // Published for import alone: require() finds nothing, by intention.
    const attw = ['attw', tarball, '--profile', 'esm-only', '--no-color', '--format', 'ascii'];
    const runs = [
      await runProgram(['publint', 'run', tarball, '--strict'], { isQuiet: true }),
      await runProgram(attw, { isQuiet: true }),
    ];
    const complaints = runs.filter(({ exitCode }) => exitCode !== 0).map(({ output }) => output);
    return [...complaints, ...findServerTraces(files)];
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function readTarball(tarball: string, folder: string): Promise<PublishedFile[]> {
  mkdirSync(folder);
  const { exitCode, output } = await runProgram(['tar', '-xzf', tarball, '-C', folder], { isQuiet: true });
  if (exitCode !== 0) throw new Error(`tar cannot unpack the tarball:\n${output}`);
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.join(entry.parentPath, entry.name))
    .map((file) => ({ path: path.relative(folder, file), text: readFileSync(file, 'utf8') }));
}
