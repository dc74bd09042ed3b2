import { spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { auditRefusal, publishAuditHeads, refuse, sealAudit } from '@errand-dash/core';
import { type TestDatabase, untilSettled } from '@errand-dash/db/testing';
import { sql } from 'kysely';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { root } from '../house-files.ts';
import { runCommand } from '../ledger/run-ledger.ts';
import { createTestSystem, type TestSystem } from '../testing/test-system.ts';
import { auditCommands } from './audit-commands.ts';

let system: TestSystem;
let database: TestDatabase;
let ids: string[];

/** Three heads over two entries each, and one entry that is not sealed yet. */
beforeAll(async () => {
  system = await createTestSystem();
  database = system.database;
  const { core } = system;
  const call = { caller: { kind: 'anonymous' as const }, idempotencyKey: null, requestId: 'demo' };
  const beRefused = () =>
    auditRefusal(
      core,
      new Date(),
      call,
      { kind: 'read', name: 'test.read', notes: [] },
      refuse('HANDLE_TAKEN', {}),
    );
  for (let batch = 0; batch < 3; batch += 1) {
    for (let count = 0; count < 2; count += 1) await beRefused();
    await untilSettled(database.db);
    await sealAudit(core, 1);
  }
  expect(await publishAuditHeads(core, 25)).toBe(3);
  expect(await publishAuditHeads(core, 25)).toBe(0);
  await beRefused();
  const { rows } = await sql<{ id: string }>`select id from audit_entries order by transaction_id`.execute(
    database.db,
  );
  ids = rows.map(({ id }) => id);
});
afterAll(() => system.drop());

const run = async (...args: string[]) => {
  const program = { name: 'audit', commands: auditCommands };
  const { text, exitCode } = await runCommand(program, args, (work) => work(system.environment));
  return { code: exitCode, out: text };
};

test('a log that nobody touched is whole, by the heads of its file, and the command ends with 0', async () => {
  const child = spawn(process.execPath, [path.join(root, 'tools/src/audit.ts'), 'verify'], {
    env: { PATH: process.env.PATH ?? '', ...system.environment },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let out = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    out += text;
  });
  const ended = await once(child, 'close');
  expect(out).toContain(
    'WHOLE: 6 entries under 3 heads are as they were sealed, held against 3 heads seen before; 1 are not sealed yet.',
  );
  expect(ended).toEqual([0, null]);
});

test('an entry that was changed is named, for people and for programs', async () => {
  await sql`alter table audit_entries disable trigger user`.execute(database.owner);
  await sql`update audit_entries set outcome = 'done' where id = ${ids[2]}`.execute(database.owner);
  try {
    const [people, programs] = await Promise.all([run('verify'), run('verify', '--json')]);
    expect(people.code).toBe(1);
    expect(people.out).toContain(`NOT WHOLE: number 3, in the batch of head 2: entry ${ids[2]} was edited`);
    expect(programs.code).toBe(1);
    expect(JSON.parse(programs.out)).toMatchObject({
      chain: 'audit',
      sealed: 2,
      problem: { kind: 'row_edited', position: 3, headNumber: 2, id: ids[2] },
    });
  } finally {
    await sql`update audit_entries set outcome = 'HANDLE_TAKEN' where id = ${ids[2]}`.execute(database.owner);
    await sql`alter table audit_entries enable trigger user`.execute(database.owner);
  }
});

test('an end that was cut off is named by the file of heads, or a head that was printed', async () => {
  const { out: last } = await run('heads', '--latest');
  expect(JSON.parse(last)).toMatchObject({ head: { chain: 'audit', number: 3, total: 6 } });
  await sql`create table kept as select * from seals where number = 3`.execute(database.owner);
  await sql`alter table seals disable trigger user`.execute(database.owner);
  await sql`delete from seals where number = 3`.execute(database.owner);
  try {
    for (const args of [['verify'], ['verify', '--head', last]]) {
      const { code, out } = await run(...args);
      expect(code).toBe(1);
      expect(out).toContain('2 rows from number 5 on were cut off');
    }
  } finally {
    await sql`insert into seals select * from kept`.execute(database.owner);
    await sql`drop table kept`.execute(database.owner);
    await sql`alter table seals enable trigger user`.execute(database.owner);
  }
});

test('whoever asks for something else is told what there is, and nothing is started', async () => {
  const start = () => Promise.reject(new Error('it was started'));
  const { text, exitCode } = await runCommand({ name: 'audit', commands: auditCommands }, ['proof'], start);
  expect(exitCode).toBe(2);
  expect(text).toContain('npm run audit -- verify [--head FILE|JSON]… [--no-heads] [--json]');
  expect(text).toContain('AUDIT_HEADS_FILE');
});
