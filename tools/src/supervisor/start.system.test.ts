import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { root } from '../house-files.ts';
import type { SystemReady } from '../start.ts';
import { readRunning } from './running-file.ts';

const secondsMax = 60;
let folder = '';
const started: ChildProcess[] = [];

beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'errand-dash-start-'));
});

afterAll(async () => {
  for (const child of started) child.kill('SIGTERM');
  await until('everything has ended', () => processesIn(folder).length === 0);
  rmSync(folder, { recursive: true, force: true });
});

interface Start {
  child: ChildProcess;
  said: () => string;
  ready: Promise<SystemReady>;
  ended: Promise<number | NodeJS.Signals>;
}

function start(): Start {
  const endWithParent = path.join(import.meta.dirname, 'end-with-parent.ts');
  const flags = ['--data-folder', folder, '--free-ports', '--throw-away', '--no-story'];
  const args = ['--import', endWithParent, path.join(root, 'tools/src/start.ts'), ...flags];
  const child = spawn(process.execPath, args, { cwd: root, stdio: ['ignore', 'pipe', 'pipe', 'ipc'] });
  started.push(child);
  let text = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding('utf8').on('data', (more) => {
      text += more;
    });
  }
  const ended = once(child, 'exit').then(([code, signal]) => code ?? signal);
  const gone = ended.then((how) => Promise.reject(new Error(`ended with ${how}: ${text}`)));
  const ready = Promise.race([once(child, 'message').then(([message]) => message as SystemReady), gone]);
  ready.catch(() => undefined);
  return { child, said: () => text, ready, ended };
}

async function until(what: string, isSo: () => boolean | Promise<boolean>): Promise<void> {
  for (const endsAt = Date.now() + secondsMax * 1000; !(await isSo()); ) {
    if (Date.now() > endsAt) throw new Error(`waited in vain until ${what}`);
    await sleep(50);
  }
}

/** Every process that names the folder in its arguments or was told of it in its environment. */
function processesIn(place: string): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)
    .filter((name) => {
      try {
        const isZombie = /\) Z /.test(readFileSync(`/proc/${name}/stat`, 'utf8'));
        const known =
          readFileSync(`/proc/${name}/cmdline`, 'utf8') + readFileSync(`/proc/${name}/environ`, 'utf8');
        return !isZombie && known.includes(place);
      } catch {
        return false;
      }
    })
    .map(Number);
}

/** API, database and sandbox answer; the sandbox that a key is missing. */
async function isUp({ apiUrl, operationsUrl, sandboxUrl }: SystemReady): Promise<boolean> {
  const places = [`${apiUrl}/health`, `${operationsUrl}/balances`, `${sandboxUrl}/balance`];
  const answers = await Promise.allSettled(places.map((place) => fetch(place)));
  const statuses = answers.map((answer) => (answer.status === 'fulfilled' ? answer.value.status : 0));
  return statuses.join() === '200,200,401';
}

const pidOf = (part: string): number => readRunning(folder)?.parts[part] ?? 0;

function postmasterPid(): number {
  const file = path.join(folder, 'postgres/cluster/data/postmaster.pid');
  return Number.parseInt(readFileSync(file, 'utf8'), 10);
}

describe('the supervisor', { timeout: 2 * secondsMax * 1000 }, () => {
  let first: Start;
  let system: SystemReady;

  it('brings everything up, keeps its secrets to the owner, and refuses a second start beside it', async () => {
    first = start();
    system = await first.ready;
    expect(await isUp(system)).toBe(true);
    for (const file of ['secrets.json', 'running.json']) {
      expect(statSync(path.join(folder, file)).mode & 0o777).toBe(0o600);
    }
    const second = start();
    expect(await second.ended).toBe(1);
    expect(second.said()).toContain('ErrandDash already runs on');
    expect(await isUp(system)).toBe(true);
  });

  it.each(['api', 'worker', 'paystack sandbox', 'database'])(
    'starts %s again after kill -9',
    async (part) => {
      const before = pidOf(part);
      expect(before).toBeGreaterThan(0);
      process.kill(before, 'SIGKILL');
      await until('another process does its work', () => pidOf(part) > 0 && pidOf(part) !== before);
      await until('everything answers', () => isUp(system));
      const sandbox = await fetch(system.sandboxUrl ?? '');
      expect(sandbox.status).toBe(401);
    },
  );

  it('starts PostgreSQL again after kill -9, and nobody has to look for it', async () => {
    const before = postmasterPid();
    const api = pidOf('api');
    process.kill(before, 'SIGKILL');
    await until('another postmaster runs', () => {
      try {
        return postmasterPid() !== before;
      } catch {
        return false;
      }
    });
    await until('everything answers', () => isUp(system));
    expect(pidOf('api')).toBe(api);
    expect(first.said()).not.toContain('does not start');
  });

  it('leaves nothing running when it is itself killed by kill -9, and starts again on the same data', async () => {
    first.child.kill('SIGKILL');
    await first.ended;
    await until('every part has ended', () => processesIn(folder).length === 0);
    first = start();
    system = await first.ready;
    expect(await isUp(system)).toBe(true);
  });

  it('ends in order at SIGTERM, twice if need be, with nothing left running', async () => {
    first.child.kill('SIGTERM');
    first.child.kill('SIGTERM');
    expect(await first.ended).toBe(0);
    expect(processesIn(folder)).toEqual([]);
    expect(readRunning(folder)).toBeNull();
  });

  it('ends in order when it is told to before it is ready', async () => {
    const hasty = start();
    await until('the first part runs', () => processesIn(folder).length > 1);
    hasty.child.kill('SIGINT');
    expect(await hasty.ended).toBe(0);
    expect(processesIn(folder)).toEqual([]);
  });

  it('ends when the one who started it is gone', async () => {
    const orphan = start();
    await orphan.ready;
    orphan.child.disconnect();
    expect(await orphan.ended).toBe(0);
    expect(processesIn(folder)).toEqual([]);
  });
});
