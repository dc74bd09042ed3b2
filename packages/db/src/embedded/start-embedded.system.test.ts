import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { clusterFolder } from './cluster-folder.ts';
import { findClusterProcesses, findPostmaster, signalClusterProcesses, waitUntilGone } from './postmaster.ts';
import { type EmbeddedCluster, startEmbedded } from './start-embedded.ts';

let parent: string;
let dataFolder: string;
const children: ChildProcess[] = [];

// The parent is closed to all but its owner, as a home may be.
beforeEach(async () => {
  parent = await mkdtemp(path.join(tmpdir(), 'errand-dash-embedded-'));
  await chmod(parent, 0o700);
  dataFolder = path.join(parent, 'data folder');
});

afterEach(async () => {
  for (const child of children.splice(0)) {
    child.kill('SIGKILL');
    if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
  }
  const folder = await clusterFolder(dataFolder);
  const postmaster = await findPostmaster(folder);
  if (postmaster !== null) await signalClusterProcesses(folder, [postmaster.pid], 'SIGINT');
  expect(await waitUntilGone(folder, await findClusterProcesses(folder), 20)).toBe(true);
  await rm(parent, { recursive: true, force: true, maxRetries: 5 });
});

/** Not durable unless that matters, to spare the disk. */
function start(durable = false): Promise<EmbeddedCluster> {
  return startEmbedded({ dataFolder, durable });
}

async function query(cluster: EmbeddedCluster, text: string): Promise<Record<string, unknown>[]> {
  const client = new pg.Client({ connectionString: cluster.superuserUrl });
  client.on('error', () => undefined);
  await client.connect();
  try {
    return (await client.query<Record<string, unknown>>(text)).rows;
  } finally {
    await client.end();
  }
}

/** A start by a process of its own, with another search path for programs where one is given. */
function startElsewhere(searchPath?: string): ChildProcess {
  const starter = new URL('./start-embedded.ts', import.meta.url).href;
  const script = `
    import { startEmbedded } from ${JSON.stringify(starter)};
    const { pid, isReused } = await startEmbedded({ dataFolder: process.argv[1], durable: false });
    console.log(JSON.stringify({ pid, isReused }));`;
  const child = spawn(process.execPath, ['--input-type=module', '--eval', script, dataFolder], {
    env: { ...process.env, ...(searchPath === undefined ? {} : { PATH: searchPath }) },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  children.push(child);
  return child;
}

async function outcomeOf(child: ChildProcess): Promise<{ pid: number; isReused: boolean }> {
  let output = '';
  child.stdout?.setEncoding('utf8').on('data', (text: string) => {
    output += text;
  });
  await once(child, 'close');
  return JSON.parse(output);
}

test('a first start gives a PostgreSQL that sorts by code point, and only this machine can reach', async () => {
  const cluster = await start(true);
  const rows = await query(
    cluster,
    `select current_setting('listen_addresses') as addresses, current_setting('fsync') as fsync,
       current_setting('unix_socket_directories') as sockets, current_setting('server_encoding') as encoding,
       datlocprovider as provider, datlocale as locale, lower('Ẹ') as lower
     from pg_database where datname = current_database()`,
  );
  expect(rows).toEqual([
    {
      addresses: '127.0.0.1',
      fsync: 'on',
      sockets: '',
      encoding: 'UTF8',
      provider: 'b',
      locale: 'C.UTF-8',
      lower: 'ẹ',
    },
  ]);
  expect(cluster.isReused).toBe(false);
});

test('nobody connects without the password, and only the owner reads it', async () => {
  const cluster = await start();
  const url = new URL(cluster.superuserUrl);
  expect(url.password.length).toBeGreaterThan(40);
  url.password = 'guess';
  await expect(query({ ...cluster, superuserUrl: url.href }, 'select 1')).rejects.toMatchObject({
    code: '28P01',
  });
  const folder = await clusterFolder(dataFolder);
  expect((await stat(folder.passwordFile)).mode & 0o777).toBe(0o600);
  expect((await stat(dataFolder)).mode & 0o777).toBe(0o700);
});

test('a second start takes the cluster that runs', async () => {
  const first = await start();
  const second = await start();
  expect(second).toMatchObject({ pid: first.pid, superuserUrl: first.superuserUrl, isReused: true });
});

test('a cluster that starts again is found at the same port, and at another once somebody has that', async () => {
  const first = await start();
  process.kill(first.pid, 'SIGKILL');
  const second = await start();
  expect(second).toMatchObject({ port: first.port, isReused: false });
  await second.stop();
  const somebody = createServer().listen(first.port, '127.0.0.1');
  await once(somebody, 'listening');
  const third = await start();
  expect(third.port).not.toBe(first.port);
  await query(third, 'select 1');
  somebody.close();
});

test('a cluster that runs unsafely is not taken for a durable one', async () => {
  const unsafe = await start();
  expect(await query(unsafe, 'show fsync')).toEqual([{ fsync: 'off' }]);
  await expect(start(true)).rejects.toMatchObject({ code: 'EMBEDDED_START_FAILED' });
  await unsafe.stop();
});

test('three starts at once, two of them by other processes, give one cluster', async () => {
  const others = [startElsewhere(), startElsewhere()].map(outcomeOf);
  const outcomes = [await start(), ...(await Promise.all(others))];
  expect(new Set(outcomes.map(({ pid }) => pid)).size).toBe(1);
  expect(outcomes.filter(({ isReused }) => !isReused).length).toBe(1);
});

test('two starts at once in one process give one cluster', async () => {
  const outcomes = await Promise.all([start(), start()]);
  expect(outcomes.map(({ isReused }) => isReused).sort()).toEqual([false, true]);
  expect(outcomes[0]?.pid).toBe(outcomes[1]?.pid);
});

test('the cluster outlives the process that started it', async () => {
  const { pid } = await outcomeOf(startElsewhere());
  expect(await start()).toMatchObject({ pid, isReused: true });
});

test('stop leaves no process, and the next start finds the data', async () => {
  const first = await start();
  await query(first, 'create table kept (text text); insert into kept values (42)');
  const connected = new pg.Client({ connectionString: first.superuserUrl });
  connected.on('error', () => undefined);
  await connected.connect();
  await first.stop();
  expect(await findClusterProcesses(await clusterFolder(dataFolder))).toEqual([]);
  await expect(query(first, 'select 1')).rejects.toMatchObject({ code: 'ECONNREFUSED' });
  await first.stop();
  const second = await start();
  expect(second.isReused).toBe(false);
  expect(await query(second, 'select * from kept')).toEqual([{ text: '42' }]);
});

test('after the postmaster was killed a start recovers its data, though a backend still works', async () => {
  const first = await start(true);
  await query(first, 'create table kept (text text); insert into kept values (42)');
  const busy = query(first, 'do $$ begin loop end loop; end $$').catch(() => 'lost');
  const folder = await clusterFolder(dataFolder);
  const isBusy = async () =>
    (await query(first, "select from pg_stat_activity where state = 'active' and query like 'do%'")).length >
    0;
  while (!(await isBusy())) await sleep(20);
  process.kill(first.pid, 'SIGKILL');
  await sleep(100);
  expect((await findClusterProcesses(folder)).length).toBeGreaterThan(0);
  const second = await start(true);
  expect(second.isReused).toBe(false);
  expect(await query(second, 'select * from kept')).toEqual([{ text: '42' }]);
  expect(await busy).toBe('lost');
});

test('a pid left behind that by now belongs to another program does not keep it from starting', async () => {
  const first = await start();
  process.kill(first.pid, 'SIGKILL');
  const folder = await clusterFolder(dataFolder);
  while ((await findClusterProcesses(folder)).length > 0) await sleep(20);
  const left = await readFile(folder.postmasterFile, 'utf8');
  await writeFile(folder.postmasterFile, left.replace(/^\d+/, String(process.ppid)));
  expect(await start()).toMatchObject({ isReused: false });
});

test('an initdb that was killed half-way does not poison the folder', async () => {
  const child = startElsewhere();
  const hasBegun = async () =>
    (await readdir(dataFolder).catch(() => [])).some((name) => name.startsWith('unfinished-'));
  while (!(await hasBegun())) await sleep(5);
  child.kill('SIGKILL');
  await once(child, 'exit');
  expect(await query(await start(), 'select 1 as one')).toEqual([{ one: 1 }]);
});

test('it starts where the system refuses user namespaces, and where it allows them again', async () => {
  const programs = path.join(parent, 'programs');
  await mkdir(programs);
  await writeFile(path.join(programs, 'unshare'), '#!/bin/sh\necho "Operation not permitted" >&2\nexit 1\n');
  await chmod(path.join(programs, 'unshare'), 0o755);
  const { pid } = await outcomeOf(startElsewhere(`${programs}:${process.env.PATH}`));
  const first = await start();
  expect(first).toMatchObject({ pid, isReused: true });
  await query(first, 'create table kept (text text); insert into kept values (42)');
  await first.stop();
  expect(await query(await start(), 'select * from kept')).toEqual([{ text: '42' }]);
});

test('the log has no values of rows', async () => {
  const cluster = await start();
  await query(cluster, 'create table kept (text text primary key)');
  const client = new pg.Client({ connectionString: cluster.superuserUrl });
  await client.connect();
  await client.query('insert into kept values ($1)', ['canary-value']);
  await expect(client.query('insert into kept values ($1)', ['canary-value'])).rejects.toMatchObject({
    code: '23505',
  });
  await client.end();
  const log = await readFile((await clusterFolder(dataFolder)).logFile, 'utf8');
  expect(log).toContain('duplicate key value');
  expect(log).not.toContain('canary-value');
});
