import { chmod, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createFileSms } from './file-sms.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'file-sms-'));
});
afterAll(() => rm(folder, { recursive: true }));

test('messages are appended to a file that only its owner reads', async () => {
  const file = join(folder, 'new.jsonl');
  const sms = createFileSms(file);
  await sms.send('+2348031234567', 'one\ntwo');
  await sms.send('+2348031234568', 'three');
  const lines = (await readFile(file, 'utf8')).trimEnd().split('\n');
  expect(lines.map((line) => JSON.parse(line))).toEqual([
    { to: '+2348031234567', text: 'one\ntwo' },
    { to: '+2348031234568', text: 'three' },
  ]);
  expect((await stat(file)).mode & 0o777).toBe(0o600);
});

test('a file that others could read is closed to them', async () => {
  const file = join(folder, 'open.jsonl');
  await writeFile(file, '');
  await chmod(file, 0o644);
  await createFileSms(file).send('+2348031234567', 'one');
  expect((await stat(file)).mode & 0o777).toBe(0o600);
});
