import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { isBreachedPassword } from './breached-passwords.ts';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'breached-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

const sha1 = (text: string): string => createHash('sha1').update(text).digest('hex').toUpperCase();

/** Passwords in the order of their hashes. */
function demoPasswords(count: number): string[] {
  const passwords = Array.from({ length: count }, (_, index) => `demo password ${index}`);
  return passwords.sort((one, other) => (sha1(one) < sha1(other) ? -1 : 1));
}

/** A list as it is published: counts of one digit to eight, so that lines differ in length. */
function makeList(name: string, passwords: readonly string[], lineEnd: string, last = lineEnd): string {
  const file = path.join(folder, name);
  const lines = passwords.map((password, index) => `${sha1(password)}:${3 ** (index % 16)}`);
  writeFileSync(file, lines.join(lineEnd) + (passwords.length === 0 ? '' : last));
  return file;
}

describe.each([
  ['lines that end with LF', '\n', '\n'],
  ['lines that end with CRLF', '\r\n', '\r\n'],
  ['a last line without an end', '\r\n', ''],
])('in a list of %s', (name, lineEnd, last) => {
  test.each([1, 2, 60, 100, 2000])('each of %i is found, and none that is not there', async (count) => {
    const passwords = demoPasswords(count);
    const file = makeList(`${name} ${count}`, passwords, lineEnd, last);
    const step = Math.max(1, Math.floor(count / 100));
    const some = passwords.filter((_, index) => index % step === 0);
    for (const password of [passwords[0] ?? '', ...some, passwords.at(-1) ?? '']) {
      expect(await isBreachedPassword(file, password)).toBe(true);
    }
    for (let index = 0; index < 50; index += 1) {
      expect(await isBreachedPassword(file, `another password ${index}`)).toBe(false);
    }
  });
});

test('what would stand before the first line and after the last is not there', async () => {
  const all = demoPasswords(402);
  const file = makeList('without both ends', all.slice(1, -1), '\n');
  expect(await isBreachedPassword(file, all[0] ?? '')).toBe(false);
  expect(await isBreachedPassword(file, all.at(-1) ?? '')).toBe(false);
  expect(await isBreachedPassword(file, all[1] ?? '')).toBe(true);
});

test('nothing is in an empty list', async () => {
  expect(await isBreachedPassword(makeList('empty', [], '\n'), 'demo')).toBe(false);
});

test('a list that is not one, or that is not there, is a failure and no answer', async () => {
  const file = path.join(folder, 'words.txt');
  writeFileSync(file, 'password\nletmein\n'.repeat(1000));
  await expect(isBreachedPassword(file, 'demo')).rejects.toThrow('not SHA1:count');
  writeFileSync(file, 'x'.repeat(10_000));
  await expect(isBreachedPassword(file, 'demo')).rejects.toThrow('too long');
  await expect(isBreachedPassword(path.join(folder, 'absent'), 'demo')).rejects.toThrow('ENOENT');
});
