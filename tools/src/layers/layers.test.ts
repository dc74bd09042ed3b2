import { describe, expect, it } from 'vitest';
import { houseFiles, readHouseFile } from '../house-files.ts';
import { checkLayers, layerRules } from './check-layers.ts';
import { ledgerTables } from './sql-rules.ts';

/** One violation each: the rule that finds it, where it is planted, and what is planted. */
const planted: readonly [rule: string, path: string, text: string][] = [
  ['package-imports', 'packages/contract/src/money.ts', `import { post } from '@errand-dash/db';`],
  ['package-imports', 'packages/contract/src/money.test.ts', `import { post } from '@errand-dash/db';`],
  ['package-imports', 'packages/sdk/src/client.ts', `import type { Core } from '@errand-dash/core';`],
  ['package-imports', 'packages/sdk/src/client.ts', `import type { AppRouter } from '@errand-dash/api';`],
  ['package-imports', 'packages/db/src/pool.ts', `import { formatId } from '@errand-dash/contract';`],
  [
    'package-imports',
    'packages/core/src/wallet/balances.query.ts',
    `import { x } from '@errand-dash/paystack';`,
  ],
  ['package-imports', 'packages/core/src/wallet/x.ts', `export { createServer } from '@errand-dash/api';`],
  ['package-imports', 'packages/paystack/src/client/bank.ts', `import { refuse } from '@errand-dash/core';`],
  ['package-imports', 'apps/api/src/server.ts', `import { createPool } from '@errand-dash/db';`],
  ['package-imports', 'apps/api/src/server.ts', `const db = await import('@errand-dash/db');`],
  ['package-imports', 'apps/worker/src/worker.ts', `import { createServer } from '@errand-dash/api';`],
  ['package-imports', 'apps/console/src/main.ts', `import { command } from '@errand-dash/core';`],
  ['package-imports', 'e2e/src/story/fund.ts', `import { startTopUp } from '@errand-dash/core';`],
  ['package-imports', 'apps/api/src/server.ts', `import { postErrand } from '@errand-dash/core/errands';`],
  [
    'package-imports',
    'apps/api/src/server.ts',
    `import { createTestCore } from '@errand-dash/core/testing';`,
  ],
  ['package-imports', 'apps/api/src/main.ts', `import { startEmbedded } from '@errand-dash/db/embedded';`],
  ['package-imports', 'apps/api/src/server.ts', `import { x } from '../../worker/src/worker.ts';`],
  [
    'module-imports',
    'packages/core/src/wallet/x.ts',
    `import { lockEscrow } from '../escrow/escrow.store.ts';`,
  ],
  ['module-imports', 'packages/core/src/sweeps.ts', `import { expire } from './errands/expire.sweep.ts';`],
  ['suffix-imports', 'packages/core/src/escrow/escrow.machine.ts', `import { h } from 'h3-js';`],
  ['suffix-imports', 'packages/core/src/escrow/escrow.rules.ts', `import { sql } from 'kysely';`],
  ['suffix-imports', 'packages/core/src/escrow/escrow.rules.ts', `import { post } from '@errand-dash/db';`],
  ['suffix-imports', 'packages/core/src/escrow/escrow.rules.ts', `import { hash } from 'node:crypto';`],
  ['suffix-imports', 'packages/core/src/escrow/escrow.rules.ts', `import { v7 } from 'uuid';`],
  [
    'suffix-imports',
    'packages/core/src/escrow/escrow.rules.ts',
    `import { systemClock } from '../clock.ts';`,
  ],
  ['suffix-imports', 'packages/core/src/escrow/escrow.rules.ts', `import { lock } from './escrow.store.ts';`],
  [
    'suffix-imports',
    'packages/core/src/escrow/escrow.store.ts',
    `import { release } from './release-escrow.command.ts';`,
  ],
  ['suffix-imports', 'packages/core/src/escrow/release-escrow.command.ts', `import { sql } from 'kysely';`],
  ['suffix-imports', 'apps/api/src/routers/escrow.router.ts', `import { sql } from 'kysely';`],
  ['suffix-imports', 'apps/api/src/present/escrow.present.ts', `import { sql } from 'kysely';`],
  ['pure-files', 'packages/core/src/escrow/escrow.rules.ts', `export const at = () => Date.now();`],
  ['pure-files', 'packages/core/src/escrow/escrow.rules.ts', `export const at = () => new Date();`],
  ['pure-files', 'packages/core/src/escrow/escrow.rules.ts', `export const x = () => Math.random();`],
  ['pure-files', 'packages/core/src/escrow/escrow.rules.ts', `export const x = () => crypto.randomUUID();`],
  ['pure-files', 'packages/core/src/escrow/escrow.rules.ts', `export const x = process.env;`],
  ['pure-files', 'packages/core/src/escrow/escrow.rules.ts', `export const x = async () => await y;`],
  [
    'pure-files',
    'packages/core/src/escrow/escrow.rules.ts',
    `export function x() { throw new Error('no'); }`,
  ],
  ['pure-files', 'packages/core/src/escrow/escrow.machine.ts', `export const bornAt = new Date();`],
  ['sql-clock', 'packages/core/src/errands/errand.store.ts', 'sql`update errands set ended_at = now()`;'],
  ['sql-clock', 'packages/core/src/errands/errand.store.ts', 'sql`select ${a} where x < clock_timestamp()`;'],
  [
    'sql-clock',
    'packages/db/src/migrations/0009-x.ts',
    `run('create table x (at timestamptz default CURRENT_TIMESTAMP)');`,
  ],
  ['ledger-writes', 'packages/core/src/wallet/x.store.ts', 'sql`update accounts set balance_minor = 0`;'],
  [
    'ledger-writes',
    'packages/core/src/wallet/x.store.ts',
    'sql`insert into public.transfers values (${id})`;',
  ],
  ['ledger-writes', 'packages/core/src/wallet/x.store.ts', `tx.deleteFrom('transfers').execute();`],
  ['ledger-writes', 'packages/db/src/migrations/0009-x.ts', `run('truncate table transfers');`],
  ['raw-sql', 'packages/core/src/errands/errand.store.ts', 'sql.raw(`select ${order}`);'],
];

describe('the layers', () => {
  it.each(planted)('%s finds what is planted in %s: %s', (rule, path, text) => {
    const found = checkLayers(path, text);
    expect(found).toHaveLength(1);
    expect(found[0]).toContain(`${path}:1 ${rule}: `);
  });

  it('every rule is proved by a planted violation', () => {
    expect(new Set(planted.map(([rule]) => rule))).toEqual(new Set(layerRules.map((rule) => rule.name)));
  });

  it.each([
    ['packages/core/src/payments/ask.ts', `import { createPaystack } from '@errand-dash/paystack';`],
    ['packages/core/src/escrow/escrow.rules.ts', `import type { AccountName } from '@errand-dash/db';`],
    ['packages/core/src/escrow/escrow.rules.ts', `export const at = (seconds: number) => new Date(seconds);`],
    ['packages/core/src/wallet/x.ts', `import { lockEscrow } from '../escrow/index.ts';`],
    ['packages/core/src/wallet/x.test.ts', `import { makePerson } from '../auth/testing/make-person.ts';`],
    ['apps/api/src/main.ts', `import { createPool } from '@errand-dash/db';`],
    [
      'packages/core/src/wallet/x.db.test.ts',
      `import { createTestDatabase } from '@errand-dash/db/testing';`,
    ],
    ['packages/core/src/wallet/x.store.ts', 'sql`select balance_minor from accounts`;'],
    ['packages/core/src/wallet/x.store.ts', 'sql`update accounts_seen set at = ${now}`;'],
  ])('what the rules allow in %s is not refused: %s', (path, text) => {
    expect(checkLayers(path, text)).toEqual([]);
  });

  it('are kept by the house as it stands', () => {
    const sources = houseFiles().filter((place) =>
      /^(apps|packages|e2e|bench|simulation|tools)\/.*\.ts$/.test(place),
    );
    expect(sources.length).toBeGreaterThan(50);
    expect(sources.flatMap((place) => checkLayers(place, readHouseFile(place)))).toEqual([]);
  });

  it('know every table of the ledger', () => {
    const declared = readHouseFile('packages/db/src/tables/ledger.tables.ts').matchAll(
      /^ {2}(\w+): \w+Table;$/gm,
    );
    expect([...declared].map(([, table]) => table).sort()).toEqual([...ledgerTables].sort());
  });
});
