import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { coreSettings } from '@errand-dash/core';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { root } from './house-files.ts';
import { makeTokenKey } from './make-token-key.ts';
import { rotateKeys } from './rotate-keys.ts';
import { keepDevelopmentSecrets } from './supervisor/development-secrets.ts';

let folder = '';
let secretsFile = '';
const now = new Date('2026-11-21T10:00:00Z');

beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'errand-dash-keys-'));
  secretsFile = path.join(folder, 'secrets.json');
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const keysOf = (setting: string) => coreSettings.shape.ACCESS_TOKEN_KEYS.parse(setting);

describe('keys of the environment', () => {
  test('are given to the operator, step by step, and nothing is written', () => {
    const old = makeTokenKey('2026-01');
    let ACCESS_TOKEN_KEYS = JSON.stringify([old]);
    const seen: string[][] = [];
    for (const step of ['add', 'promote', 'drop'] as const) {
      const rotation = rotateKeys(step, { environment: { ACCESS_TOKEN_KEYS }, secretsFile, now });
      if ('problem' in rotation) throw new Error(rotation.problem);
      expect(rotation.writtenTo).toBe(null);
      ACCESS_TOKEN_KEYS = rotation.setting;
      expect(keysOf(rotation.setting).map(({ kid }) => kid)).toEqual(rotation.kids);
      seen.push(rotation.kids);
    }
    const next = seen[2]?.[0] ?? '';
    expect(next).toMatch(/^2026-11-21-[0-9a-f]{8}$/);
    expect(seen).toEqual([['2026-01', next], [next, '2026-01'], [next]]);
    expect(() => statSync(secretsFile)).toThrow();
  });

  test('in production are never made up', () => {
    const environment = { NODE_ENV: 'production' };
    expect(rotateKeys('rotate', { environment, secretsFile, now })).toEqual({
      problem: 'ACCESS_TOKEN_KEYS is not set.',
    });
  });

  test.each(['x', '[]', JSON.stringify([{ ...makeTokenKey('a'), x: makeTokenKey('b').x }])])(
    'that are none are not rotated: %s',
    (ACCESS_TOKEN_KEYS) => {
      const rotation = rotateKeys('add', { environment: { ACCESS_TOKEN_KEYS }, secretsFile, now });
      expect(rotation).toEqual({ problem: expect.stringContaining('ACCESS_TOKEN_KEYS must be') });
    },
  );
});

describe('keys of development', () => {
  test('are rotated in their file, which stays for its owner alone, with everything else in it', () => {
    const before = keepDevelopmentSecrets(secretsFile);
    const rotation = rotateKeys('rotate', { environment: {}, secretsFile, now });
    if ('problem' in rotation) throw new Error(rotation.problem);
    const after = keepDevelopmentSecrets(secretsFile);
    const kids = keysOf(after.ACCESS_TOKEN_KEYS ?? '').map(({ kid }) => kid);
    expect(kids).toEqual([expect.stringMatching(/^development-[0-9a-f]{8}$/), 'development-1']);
    expect({ ...after, ACCESS_TOKEN_KEYS: '' }).toEqual({ ...before, ACCESS_TOKEN_KEYS: '' });
    expect(statSync(secretsFile).mode & 0o777).toBe(0o600);
  });

  test('that do not exist yet are not made here', () => {
    expect(rotateKeys('add', { environment: {}, secretsFile, now })).toEqual({
      problem: expect.stringContaining('npm start'),
    });
  });
});

// Each starts a process, which takes its time where others start theirs.
describe('npm run keys', { timeout: 60_000 }, () => {
  const run = (args: string[], environment: NodeJS.ProcessEnv = {}) =>
    execFileSync(process.execPath, [path.join(root, 'tools/src/keys.ts'), ...args, '--data-folder', folder], {
      env: { PATH: process.env.PATH, ...environment },
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'pipe'],
    });

  test('says the value on the standard output and nothing else there', () => {
    const ACCESS_TOKEN_KEYS = JSON.stringify([makeTokenKey('2026-01')]);
    const said = run(['add'], { ACCESS_TOKEN_KEYS });
    expect(said).toMatch(/^ACCESS_TOKEN_KEYS=\[.*\]\n$/);
    expect(keysOf(said.slice('ACCESS_TOKEN_KEYS='.length)).map(({ kid }) => kid)).toEqual([
      '2026-01',
      expect.any(String),
    ]);
  });

  test('shows no key where it writes them', () => {
    keepDevelopmentSecrets(secretsFile);
    expect(run(['add'])).toBe('');
    expect(readFileSync(secretsFile, 'utf8')).toContain('development-1');
  });

  test.each([[[]], [['turn']], [['add', 'drop']]])('refuses %j and tells how it is used', (args) => {
    writeFileSync(secretsFile, '{}');
    expect(() => run(args)).toThrow(expect.objectContaining({ status: 2 }));
  });
});
