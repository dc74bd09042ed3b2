import { describe, expect, test } from 'vitest';
import { findServerTraces } from './server-traces.ts';

const tracesIn = (text: string, path = 'package/dist/index.js') => findServerTraces([{ path, text }]);

describe('what is published gives nothing of the server away', () => {
  test.each([
    ['a table', 'insert into transfer_sets values', 'transfer_sets'],
    ['a function of the database', 'select * from begin_command(1)', 'begin_command'],
    ['a setting', 'process.env.SEALING_KEYS', 'SEALING_KEYS'],
    ['a function of core', 'await postOrThrow(tx)', 'postOrThrow'],
    ['a store of a module', 'lockWithdrawal(id)', 'lockWithdrawal'],
    ['a presenter', 'presentErrand(row)', 'presentErrand'],
    ['a library', "import { sql } from 'kysely';", 'kysely'],
    ['the driver', "import pg from 'pg';", 'pg'],
    ['a package of ours', "import type { Core } from '@errand-dash/core';", '@errand-dash/core'],
    ['an inner route', "fetch('/webhooks/paystack')", '/webhooks'],
  ])('%s is found', (_what, text, word) => {
    expect(tracesIn(text)).toContain(`package/dist/index.js names ${word}`);
  });

  test.each(['package/src/index.ts', 'package/dist/index.js.map', 'package/dist/server.mts'])(
    '%s is a source',
    (path) => {
      expect(tracesIn('', path)).toEqual([`${path} is a source`]);
    },
  );

  test.each([
    ['a declaration', 'export declare const version: string;', 'package/dist/index.d.ts'],
    ['a word that has another in it', 'upgrade the page', 'package/README.md'],
    ['a procedure, though core calls its function so too', 'dash.wallet.startTopUp({})', 'package/README.md'],
    ['a field that the contract has', 'nextDeadline: Date | null', 'package/dist/app-router.d.ts'],
  ])('%s is not', (_what, text, path) => {
    expect(tracesIn(text, path)).toEqual([]);
  });
});
