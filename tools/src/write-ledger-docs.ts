import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { movements } from '@errand-dash/core';
import { root } from './house-files.ts';
import { ledgerPages } from './ledger-pages.ts';

/** Writes the chart of accounts and the movements into `docs/ledger`. With `--check` it only tells what is stale. */
function main(): void {
  const { values } = parseArgs({ options: { check: { type: 'boolean', default: false } } });
  const folder = path.join(root, 'docs', 'ledger');
  const pages = [...ledgerPages(movements)];
  const stale = pages.filter(([name, page]) => {
    const place = path.join(folder, name);
    return !existsSync(place) || readFileSync(place, 'utf8') !== page;
  });
  if (!values.check) {
    mkdirSync(folder, { recursive: true });
    for (const [name, page] of stale) writeFileSync(path.join(folder, name), page);
    console.log(`${pages.length} pages written, ${stale.length} changed`);
    return;
  }
  for (const [name] of stale) console.error(`docs/ledger/${name} is stale: run npm run ledger-docs`);
  console.log(`${pages.length - stale.length} passed, ${stale.length} failed`);
  process.exitCode = stale.length === 0 ? 0 : 1;
}

main();
