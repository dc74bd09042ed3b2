import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { machines } from '@errand-dash/core';
import { root } from './house-files.ts';
import { machinePage, pageName } from './machine-page.ts';

/** Draws every lifecycle into `docs/machines`. With `--check` it only tells which pages are stale, and fails. */
function main(): void {
  const { values } = parseArgs({ options: { check: { type: 'boolean', default: false } } });
  const folder = path.join(root, 'docs', 'machines');
  const pages = new Map(
    Object.entries(machines).map(([name, machine]) => [pageName(name), machinePage(name, machine)]),
  );
  const stale = stalePages(folder, pages);
  if (!values.check) {
    mkdirSync(folder, { recursive: true });
    for (const name of stale) writePage(path.join(folder, name), pages.get(name));
    console.log(`${pages.size} machines drawn, ${stale.length} changed`);
    return;
  }
  for (const name of stale) console.error(`docs/machines/${name} is stale: run npm run machines`);
  console.log(`${pages.size - stale.length} passed, ${stale.length} failed`);
  process.exitCode = stale.length === 0 ? 0 : 1;
}

/** The pages that differ from what the tables say, those among them that have no table any more. */
function stalePages(folder: string, pages: ReadonlyMap<string, string>): string[] {
  const present = existsSync(folder)
    ? readdirSync(folder).filter((name) => name.endsWith('.md') && name !== 'README.md')
    : [];
  return [...new Set([...pages.keys(), ...present])].filter((name) => {
    const drawn = present.includes(name) ? readFileSync(path.join(folder, name), 'utf8') : undefined;
    return drawn !== pages.get(name);
  });
}

function writePage(place: string, page: string | undefined): void {
  if (page === undefined) rmSync(place);
  else writeFileSync(place, page);
}

main();
