import { chownSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { findForeignOwner, holdDataFolder } from './hold-data-folder.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'errand-dash-hold-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

test('a folder is held once until it is let go', () => {
  const release = holdDataFolder(folder);
  expect(release).not.toBeNull();
  expect(holdDataFolder(folder)).toBeNull();
  release?.();
  const again = holdDataFolder(folder);
  expect(again).not.toBeNull();
  again?.();
});

test('a folder of our own, or one that is not there yet, has no foreign owner', () => {
  expect(findForeignOwner(folder)).toBeNull();
  expect(findForeignOwner(path.join(folder, 'later'))).toBeNull();
});

test('a start by root does not take the data of another user from him', () => {
  // Only root can give a folder away; for anybody else that of the system is somebody else's.
  const isRoot = process.getuid?.() === 0;
  if (isRoot) chownSync(folder, 1234, 1234);
  expect(findForeignOwner(isRoot ? folder : '/')).toBe(isRoot ? 1234 : 0);
});
