import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { publishHeads, sealLedger } from '@errand-dash/core';
import { fundWallet, makeTestUser } from '@errand-dash/core/testing';
import { createTestDatabase, type TestDatabase, untilSettled } from '@errand-dash/db/testing';
import { verifyReceipt } from '@errand-dash/sdk';
import { sql } from 'kysely';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { root } from '../house-files.ts';
import { createTestSystem, type TestSystem } from '../testing/test-system.ts';
import { runLedger } from './run-ledger.ts';

let system: TestSystem;
let database: TestDatabase;
let folder: string;
let environment: Record<string, string>;
let ids: string[];

/** Three heads over two transfers each, and one transfer that is not sealed yet. */
beforeAll(async () => {
  system = await createTestSystem();
  ({ database, folder, environment } = system);
  const { core } = system;
  const person = await makeTestUser(core, 'demo_saver');
  for (let batch = 0; batch < 3; batch += 1) {
    for (let count = 0; count < 2; count += 1) await fundWallet(core, person.userId, 100n);
    await untilSettled(database.db);
    await sealLedger(core, 1);
  }
  await publishHeads(core, 25);
  await fundWallet(core, person.userId, 100n);
  const { rows } = await sql<{ id: string }>`select id from transfers order by transaction_id`.execute(
    database.db,
  );
  ids = rows.map(({ id }) => id);
});
afterAll(() => system.drop());

const run = async (...args: string[]) => {
  const { text, exitCode } = await runLedger(args, (work) => work(environment));
  return { code: exitCode, out: text };
};

test('the command says it and ends with its exit code', async () => {
  const child = spawn(process.execPath, [path.join(root, 'tools/src/ledger.ts'), 'proof', ids[6] ?? ''], {
    env: { PATH: process.env.PATH ?? '', ...environment },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let out = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    out += text;
  });
  expect(await once(child, 'close')).toEqual([1, null]);
  expect(out).toBe('There is no such transfer, or it is not sealed yet.\n');
});

test('a ledger that nobody touched is whole, by the heads of the file', async () => {
  const { code, out } = await run('verify');
  expect(code).toBe(0);
  expect(out).toContain(
    'WHOLE: 6 transfers under 3 heads are as they were sealed, held against 3 heads seen before; 1',
  );
  const told = await run('verify', '--json');
  expect(JSON.parse(told.out)).toMatchObject({ known: 3, headsMissingFrom: null, problem: null });
});

test('a ledger of which nothing is sealed yet has no heads to miss', async () => {
  const fresh = await createTestDatabase();
  try {
    const place = { DATABASE_URL: fresh.applicationUrl, LEDGER_HEADS_FILE: path.join(folder, 'fresh.jsonl') };
    const { text, exitCode } = await runLedger(['verify'], (work) => work({ ...environment, ...place }));
    expect(exitCode).toBe(0);
    expect(text).toContain('Nothing is sealed yet.');
  } finally {
    await fresh.drop();
  }
});

test('its proofs are verified by the SDK, its keys being those that are published', async () => {
  const [proof, heads] = await Promise.all([run('proof', `transfer_${ids[3]}`), run('heads', '--latest')]);
  expect([proof.code, heads.code]).toEqual([0, 0]);
  const receipt = JSON.parse(proof.out);
  const [{ kid, kty, crv, x }] = JSON.parse(environment.LEDGER_SEAL_KEYS ?? '');
  const keys = { keys: [{ kid, kty, crv, x }] };
  expect(await verifyReceipt(receipt, keys)).toMatchObject({
    isValid: true,
    transfer: { transferId: ids[3], amountMinor: 100 },
    own: [
      { side: 'debit', account: { purpose: 'adjustments', ownerId: null } },
      { side: 'credit', balanceMinor: 400 },
    ],
    head: { number: 2 },
  });
  receipt.own[1].balanceMinor += 1;
  expect(await verifyReceipt(receipt, keys)).toEqual({ isValid: false, fault: 'SIDE_WRONG' });
  expect(JSON.parse(heads.out)).toMatchObject({ head: { number: 3, total: 6 } });
});

test('what was done to it is named, for people and for programs', async () => {
  await sql`alter table transfers disable trigger user`.execute(database.owner);
  await sql`update transfers set posted_at = posted_at + interval '1 second' where id = ${ids[2]}`.execute(
    database.owner,
  );
  try {
    const [people, programs] = await Promise.all([run('verify'), run('verify', '--json')]);
    expect(people).toMatchObject({ code: 1 });
    expect(people.out).toContain(
      `NOT WHOLE: number 3, in the batch of head 2: transfer ${ids[2]} was edited`,
    );
    expect(programs.code).toBe(1);
    expect(JSON.parse(programs.out)).toMatchObject({
      sealed: 2,
      heads: 1,
      problem: { kind: 'row_edited', position: 3, headNumber: 2, id: ids[2] },
    });
  } finally {
    await sql`update transfers set posted_at = posted_at - interval '1 second' where id = ${ids[2]}`.execute(
      database.owner,
    );
    await sql`alter table transfers enable trigger user`.execute(database.owner);
  }
});

test('an end that was cut off is named by a head that was kept, from a file or as it stands', async () => {
  const { out } = await run('heads', '--after', '1');
  const [, last = ''] = out.trim().split('\n');
  const file = path.join(folder, 'kept.json');
  writeFileSync(file, last);
  const nothing = path.join(folder, 'nothing.jsonl');
  await sql`create table kept as select * from seals where number = 3`.execute(database.owner);
  await sql`alter table seals disable trigger user`.execute(database.owner);
  await sql`delete from seals where number = 3`.execute(database.owner);
  try {
    const found = await Promise.all([
      run('verify', '--head', file),
      run('verify', '--head', last),
      run('verify'),
    ]);
    for (const { code, out: said } of found) {
      expect(code).toBe(1);
      expect(said).toContain('2 rows from number 5 on were cut off');
    }
    environment.LEDGER_HEADS_FILE = nothing;
    const lacking = await run('verify');
    expect(lacking.code).toBe(1);
    expect(lacking.out).toContain('NOT KNOWN TO BE WHOLE: 4 transfers under 2 heads agree');
    expect(lacking.out).toContain(`${nothing}, which LEDGER_HEADS_FILE names, is not there`);
    const told = await run('verify', '--json');
    expect(told.code).toBe(1);
    expect(JSON.parse(told.out)).toMatchObject({ known: 0, headsMissingFrom: nothing, problem: null });
    writeFileSync(nothing, '{"head":{"chain":"led');
    expect((await run('verify')).out).toContain('holds no head');
    const without = await run('verify', '--no-heads');
    expect(without.code).toBe(0);
    expect(without.out).toContain('no head that was seen before was given; 3 are not sealed yet');
  } finally {
    environment.LEDGER_HEADS_FILE = path.join(folder, 'ledger-heads.jsonl');
    await sql`insert into seals select * from kept`.execute(database.owner);
    await sql`drop table kept`.execute(database.owner);
  }
});

test.each([
  [[]],
  [['verfy']],
  [['verify', '--haed', 'x']],
  [['verify', '--head', '/nowhere']],
  [['verify', '--head', '{}']],
  [['verify', '--head', '{}', '--no-heads']],
  [['proof']],
  [['proof', 'x']],
  [['heads', '--after', '-1']],
])('%j is not understood, and nothing is started', async (args) => {
  const start = () => Promise.reject(new Error('it was started'));
  const { text, exitCode } = await runLedger(args, start);
  expect(exitCode).toBe(2);
  expect(text).not.toBe('');
});
