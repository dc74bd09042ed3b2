import { chmod, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createFileMessages } from './file-messages.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'file-messages-'));
});
afterAll(() => rm(folder, { recursive: true }));

const text = { id: '1', to: '+2348031234567', subject: null, text: 'one\ntwo' };
const mail = { id: '2', to: 'ada@demo.example', subject: 'Hello', text: 'three' };

test('messages are appended to a file that only its owner reads', async () => {
  const file = join(folder, 'new.jsonl');
  const port = createFileMessages(file);
  expect(await port.send(text)).toEqual({ outcome: 'sent', providerMessageId: null });
  await port.send(mail);
  const lines = (await readFile(file, 'utf8')).trimEnd().split('\n');
  expect(lines.map((line) => JSON.parse(line))).toEqual([
    { id: '1', to: '+2348031234567', text: 'one\ntwo' },
    { id: '2', to: 'ada@demo.example', subject: 'Hello', text: 'three' },
  ]);
  expect((await stat(file)).mode & 0o777).toBe(0o600);
});

test('a file that others could read is closed to them', async () => {
  const file = join(folder, 'open.jsonl');
  await writeFile(file, '');
  await chmod(file, 0o644);
  await createFileMessages(file).send(text);
  expect((await stat(file)).mode & 0o777).toBe(0o600);
});

test('a file that cannot be written is tried again later', async () => {
  const port = createFileMessages(join(folder, 'nowhere', 'sms.jsonl'));
  expect(await port.send(text)).toEqual({ outcome: 'unanswered', reason: 'file_not_written' });
});
