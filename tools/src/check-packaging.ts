import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { root } from './house-files.ts';
import { runProgram } from './run-program.ts';

/**
 * Packs the SDK as it would be published and has publint look at its package.json, and attw at whether its types
 * are found the ways that projects look for them. Returns what they complain of.
 */
export async function checkPackaging(): Promise<string[]> {
  const folder = mkdtempSync(path.join(tmpdir(), 'errand-dash-pack-'));
  try {
    const sdk = path.join(root, 'packages', 'sdk');
    const pack = ['npm', 'pack', sdk, '--pack-destination', folder, '--json', '--ignore-scripts'];
    const packed = await runProgram([...pack, '--loglevel=error'], { isQuiet: true });
    if (packed.exitCode !== 0) return [`npm pack: ${packed.output}`];
    const tarball = path.join(folder, /[\w.-]+\.tgz/.exec(packed.output)?.[0] ?? '');
    // Published for import alone: require() finds nothing, by intention.
    const attw = ['attw', tarball, '--profile', 'esm-only', '--no-color', '--format', 'ascii'];
    const runs = [
      await runProgram(['publint', 'run', tarball, '--strict'], { isQuiet: true }),
      await runProgram(attw, { isQuiet: true }),
    ];
    return runs.filter(({ exitCode }) => exitCode !== 0).map(({ output }) => output);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
