import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { readHouseFile, root } from './house-files.ts';

interface LockedPackage {
  version?: string;
  license?: string;
  optional?: boolean;
  os?: string[];
  cpu?: string[];
  libc?: string[];
  optionalDependencies?: Record<string, string>;
}

const systems: Record<string, string> = { windows: 'win32', win: 'win32' };
const knownSystems = ['android', 'darwin', 'linux', 'win32', 'freebsd', 'openharmony'];
const knownProcessors = ['arm64', 'x64', 'ia32', 'riscv64', 's390x', 'ppc64', 'arm', 'wasm32'];

/**
 * Adds to the lockfile the builds for other platforms that the registry of this machine does not have. npm leaves
 * them out, and `npm ci` then refuses the lockfile. Platform and processor are read from the package's name.
 */
function main(): void {
  const lock = JSON.parse(readHouseFile('package-lock.json')) as { packages: Record<string, LockedPackage> };
  const added: Record<string, LockedPackage> = {};
  for (const [place, { optionalDependencies = {}, license }] of Object.entries(lock.packages)) {
    for (const [name, version] of Object.entries(optionalDependencies)) {
      const isThere = [`${place}/node_modules/${name}`, `node_modules/${name}`].some(
        (at) => at in lock.packages,
      );
      if (!isThere) added[`node_modules/${name}`] = platformPackage(name, version, license);
    }
  }
  const all = Object.entries({ ...lock.packages, ...added }).sort(([a], [b]) => a.localeCompare(b, 'en'));
  const text = JSON.stringify({ ...lock, packages: Object.fromEntries(all) }, null, 2);
  writeFileSync(path.join(root, 'package-lock.json'), `${text}\n`);
  console.log(`${Object.keys(added).length} added. Run npm install, so that npm brings them into its form.`);
}

function platformPackage(name: string, version: string, license: string | undefined): LockedPackage {
  const words = (name.split('/').at(-1) ?? '').split('-').map((word) => systems[word] ?? word);
  const system = words.find((word) => knownSystems.includes(word));
  const processor = words
    .map((word) => (word === '64' ? 'x64' : word))
    .find((word) => knownProcessors.includes(word));
  if (system === undefined || processor === undefined)
    throw new Error(`${name} does not say for which machine it is`);
  const libc = words.some((word) => word.startsWith('musl'))
    ? ['musl']
    : words.includes('gnu')
      ? ['glibc']
      : null;
  return {
    version,
    cpu: [processor],
    ...(libc === null ? {} : { libc }),
    ...(license === undefined ? {} : { license }),
    optional: true,
    os: [system],
  };
}

main();
