import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { root } from './house-files.ts';

let house = '';

/** What stands in for npm: notes that it ran, and leaves what an install leaves. */
const fakeNpm = `
const fs = require('node:fs');
fs.appendFileSync('npm-runs', process.argv.slice(2).join(' ') + '\\n');
if (process.env.FAKE_NPM === 'fails') { console.error('npm error network'); process.exit(3); }
setTimeout(() => {
  fs.mkdirSync('node_modules/.bin', { recursive: true });
  fs.copyFileSync('package-lock.json', 'node_modules/.package-lock.json');
  if (process.env.FAKE_NPM !== 'runs no scripts') fs.symlinkSync(process.env.REAL_NODE, 'node_modules/.bin/node');
}, 300);
`;

const task = `
process.on('SIGTERM', () => setTimeout(() => process.exit(7), 50));
console.log('task', process.argv.slice(2).join(' '), process.env.PATH?.split(':')[0]?.endsWith('node_modules/.bin'));
if (process.argv.includes('stay')) setInterval(() => {}, 1000);
else process.exitCode = 5;
`;

const lockOf = (version: string): string =>
  JSON.stringify({
    packages: {
      '': { name: 'demo' },
      'node_modules/a': { version, integrity: `sha512-${version}` },
      'node_modules/for-another-machine': { version: '1.0.0', optional: true },
    },
  });

beforeEach(() => {
  house = mkdtempSync(path.join(tmpdir(), 'errand-dash-entry-'));
  mkdirSync(path.join(house, 'tools/src/supervisor'), { recursive: true });
  copyFileSync(path.join(root, 'tools/entry.mjs'), path.join(house, 'tools/entry.mjs'));
  const endWithParent = 'tools/src/supervisor/end-with-parent.ts';
  copyFileSync(path.join(root, endWithParent), path.join(house, endWithParent));
  write('tools/src/task.ts', task);
  write('fake-npm.js', fakeNpm);
  write('package.json', JSON.stringify({ devDependencies: { node: process.version.slice(1) } }));
  write('package-lock.json', lockOf('1.0.0'));
});

afterEach(() => rmSync(house, { recursive: true, force: true }));

const write = (place: string, text: string): void => writeFileSync(path.join(house, place), text);
const npmRuns = (): string[] => {
  const file = path.join(house, 'npm-runs');
  return existsSync(file) ? readFileSync(file, 'utf8').trim().split('\n') : [];
};

interface Entry {
  child: ChildProcess;
  ended: Promise<{ code: number | null; signal: NodeJS.Signals | null; said: string }>;
  said: () => string;
}

function enter(args: readonly string[], environment: NodeJS.ProcessEnv = {}): Entry {
  const child = spawn(process.execPath, [path.join(house, 'tools/entry.mjs'), ...args], {
    env: {
      PATH: process.env.PATH,
      npm_execpath: path.join(house, 'fake-npm.js'),
      REAL_NODE: process.execPath,
      ...environment,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let text = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (more) => {
      text += more;
    });
  }
  const ended = once(child, 'close').then(([code, signal]) => ({ code, signal, said: text }));
  return { child, ended, said: () => text };
}

async function untilSaid(entry: Entry, words: string): Promise<void> {
  for (const endsAt = Date.now() + 8000; !entry.said().includes(words); ) {
    if (Date.now() > endsAt) throw new Error(`"${words}" was not said, but: ${entry.said()}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

describe('the entry', () => {
  it('installs what is missing, once, and becomes the task: its arguments, its exit code', async () => {
    const first = await enter(['task', '--one', 'two']).ended;
    expect(first).toMatchObject({ code: 5, said: expect.stringContaining('task --one two true') });
    expect(first.said).toContain('Installing packages: there are none yet.');
    expect(npmRuns()).toEqual([expect.stringMatching(/^ci --include=dev /)]);
    const second = await enter(['task']).ended;
    expect(second).toMatchObject({ code: 5 });
    expect(second.said).not.toContain('Installing');
    expect(npmRuns()).toHaveLength(1);
  });

  it('installs again when the lockfile asks for something else', async () => {
    await enter(['task']).ended;
    write('package-lock.json', lockOf('1.0.1'));
    rmSync(path.join(house, 'node_modules/.bin/node'));
    const { said } = await enter(['task']).ended;
    expect(said).toContain('package-lock.json asks for another a');
    expect(npmRuns()).toHaveLength(2);
  });

  it('lets one of two install, and both go on', async () => {
    const both = await Promise.all([enter(['task']).ended, enter(['task']).ended]);
    expect(both.map(({ code }) => code)).toEqual([5, 5]);
    expect(npmRuns()).toHaveLength(1);
  });

  it('does not wait for an install that was killed', async () => {
    mkdirSync(path.join(house, '.data'));
    write('.data/install.lock', '');
    const longAgo = new Date(Date.now() - 60_000);
    utimesSync(path.join(house, '.data/install.lock'), longAgo, longAgo);
    expect(await enter(['task']).ended).toMatchObject({ code: 5 });
  });

  it('says what to do when the install fails', async () => {
    const { code, said } = await enter(['task'], { FAKE_NPM: 'fails' }).ended;
    expect(code).toBe(1);
    expect(said).toContain('npm error network');
    expect(said).toContain('run "npm ci" by hand');
    expect(existsSync(path.join(house, '.data/install.lock'))).toBe(false);
  });

  it('says what to do when npm ran no install scripts', async () => {
    const { code, said } = await enter(['task'], { FAKE_NPM: 'runs no scripts' }).ended;
    expect(code).toBe(1);
    expect(said).toContain('npm rebuild node --ignore-scripts=false');
  });

  it.each(['start', 'migrate', 'messages', 'clock'])(
    'gives %s what .env says, unless it is set by hand',
    async (name) => {
      write(`tools/src/${name}.ts`, `console.log('settings', process.env.SMS_FILE, process.env.OPS_PORT);`);
      write('.env', 'SMS_FILE=from-the-file\nOPS_PORT=4991\n');
      const { said } = await enter([name], { OPS_PORT: '4992' }).ended;
      expect(said).toContain('settings from-the-file 4992');
    },
  );

  it('keeps what .env says from the story and the tests', async () => {
    write('tools/src/story.ts', `console.log('settings', process.env.SMS_FILE);`);
    write('.env', 'SMS_FILE=from-the-file\n');
    expect((await enter(['story']).ended).said).toContain('settings undefined');
  });

  it('refuses a task that there is not', async () => {
    expect(await enter(['nonsense']).ended).toMatchObject({
      code: 1,
      said: 'There is no task "nonsense".\n',
    });
    expect(npmRuns()).toEqual([]);
  });

  it('hands on a signal and ends as the task does', async () => {
    const entry = enter(['task', 'stay']);
    await untilSaid(entry, 'task stay');
    entry.child.kill('SIGTERM');
    expect(await entry.ended).toMatchObject({ code: 7 });
  });

  it('does not leave the task behind when it is killed', async () => {
    const entry = enter(['task', 'stay']);
    await untilSaid(entry, 'task stay');
    entry.child.kill('SIGKILL');
    // The streams close when the task, which shares them, has ended too.
    expect(await entry.ended).toMatchObject({ signal: 'SIGKILL' });
  });
});
