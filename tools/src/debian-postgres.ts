import { type SpawnOptions, spawn, spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { chownSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { constants, tmpdir } from 'node:os';
import path from 'node:path';

const programs = '/usr/lib/postgresql/15/bin';

/**
 * `node tools/src/debian-postgres.ts -- <command…>` runs the command with TEST_DATABASE_URL set to a temporary
 * cluster of Debian's PostgreSQL 15, removes the cluster, and ends with the command's exit code. Another setting may
 * stand before the `--`, so that a command can have two clusters.
 */
async function main(): Promise<number> {
  const given = process.argv.slice(2);
  const setting = given[0] === '--' ? 'TEST_DATABASE_URL' : (given.shift() ?? '');
  const [separator, program, ...programArguments] = given;
  if (separator !== '--' || program === undefined || !/^[A-Z_]+$/.test(setting)) {
    return fail('Usage: node tools/src/debian-postgres.ts [SETTING] -- <command> [argument…]');
  }
  if (!existsSync(path.join(programs, 'postgres'))) {
    return fail(
      `No PostgreSQL 15 in ${programs}. Install it: apt-get update && apt-get install postgresql-15`,
    );
  }
  const cluster = await startCluster();
  try {
    return await runCommand(program, programArguments, { [setting]: cluster.url });
  } finally {
    cluster.remove();
  }
}

async function startCluster(): Promise<{ url: string; remove: () => void }> {
  const folder = mkdtempSync(path.join(tmpdir(), 'errand-dash-debian-'));
  const identity = databaseIdentity();
  if (identity !== null) chownSync(folder, identity.uid, identity.gid);
  const data = path.join(folder, 'data');
  const log = path.join(folder, 'postgres.log');
  const run = (name: string, ...flags: string[]) => runProgram(name, flags, { ...identity, cwd: folder });
  try {
    const password = randomBytes(24).toString('base64url');
    const passwordFile = path.join(folder, 'password');
    writeFileSync(passwordFile, password, { mode: 0o600 });
    if (identity !== null) chownSync(passwordFile, identity.uid, identity.gid);
    const access = ['-U', 'postgres', '--auth=scram-sha-256', `--pwfile=${passwordFile}`];
    run('initdb', '-D', data, '-E', 'UTF8', '--locale=C.UTF-8', '--no-sync', ...access);
    const port = await findFreePort();
    const settings = {
      listen_addresses: '127.0.0.1',
      unix_socket_directories: '',
      // As the embedded one is when it is thrown away.
      ...{ fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off' },
    };
    const flags = Object.entries(settings).map(([setting, value]) => `-c ${setting}=${value}`);
    run('pg_ctl', 'start', '-D', data, '-l', log, '-w', '-t', '60', '-o', [`-p ${port}`, ...flags].join(' '));
    return {
      url: `postgres://postgres:${password}@127.0.0.1:${port}/postgres`,
      remove: () => {
        run('pg_ctl', 'stop', '-D', data, '-m', 'fast', '-w');
        rmSync(folder, { recursive: true, force: true });
      },
    };
  } catch (error) {
    if (existsSync(log)) process.stderr.write(readFileSync(log));
    rmSync(folder, { recursive: true, force: true });
    throw error;
  }
}

/** PostgreSQL refuses to run as root; Debian's package brings a user for it. */
function databaseIdentity(): { uid: number; gid: number } | null {
  if (process.getuid?.() !== 0) return null;
  const numberOf = (flag: string) => Number(spawnSync('id', [flag, 'postgres'], { encoding: 'utf8' }).stdout);
  return { uid: numberOf('-u'), gid: numberOf('-g') };
}

function runProgram(name: string, flags: string[], options: SpawnOptions): void {
  const { status, stderr, error } = spawnSync(path.join(programs, name), flags, {
    ...options,
    // The server that pg_ctl starts keeps its output open, and a pipe would be waited for.
    stdio: ['ignore', 'ignore', name === 'initdb' ? 'pipe' : 'ignore'],
    encoding: 'utf8',
  });
  if (status !== 0) throw error ?? new Error(`${name} ended with ${status}. ${stderr ?? ''}`);
}

async function runCommand(
  program: string,
  programArguments: string[],
  settings: NodeJS.ProcessEnv,
): Promise<number> {
  const child = spawn(program, programArguments, {
    stdio: 'inherit',
    env: { ...process.env, ...settings },
  });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => child.kill(signal));
  const [code, signal] = (await once(child, 'exit')) as [number | null, NodeJS.Signals | null];
  return code ?? 128 + (signal === null ? 1 : constants.signals[signal]);
}

async function findFreePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string') throw new Error('No free port on 127.0.0.1.');
  return address.port;
}

function fail(message: string): number {
  process.stderr.write(`${message}\n`);
  return 1;
}

process.exitCode = await main();
