import { mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import pg from 'pg';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type PreparedEmbedded, prepareEmbedded } from './prepare-embedded.ts';

let dataFolder: string;
let prepared: PreparedEmbedded[];
beforeEach(async () => {
  dataFolder = await mkdtemp(path.join(tmpdir(), 'errand-dash-prepare-'));
  prepared = [];
});
afterEach(async () => {
  for (const { cluster } of prepared) await cluster.stop();
  await rm(dataFolder, { recursive: true, force: true });
});

async function prepare(): Promise<PreparedEmbedded> {
  const made = await prepareEmbedded({ dataFolder });
  prepared.push(made);
  return made;
}

async function query(url: string, text: string): Promise<unknown[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query(text)).rows;
  } finally {
    await client.end();
  }
}

const credentials = (url: string) => url.replace(/@.*$/, '');

test('two at once and a later one give the same logins to the same data', async () => {
  const [first, second] = await Promise.all([prepare(), prepare()]);
  expect(second).toMatchObject({ ownerUrl: first.ownerUrl, applicationUrl: first.applicationUrl });
  await query(first.ownerUrl, 'create table kept (); grant select on kept to errand_dash_application');
  await first.cluster.stop();
  const later = await prepare();
  expect(credentials(later.ownerUrl)).toBe(credentials(first.ownerUrl));
  expect(credentials(later.applicationUrl)).toBe(credentials(first.applicationUrl));
  expect(await query(later.applicationUrl, 'select * from kept')).toEqual([]);
  await expect(query(later.applicationUrl, 'create table mine ()')).rejects.toMatchObject({ code: '42501' });
});

test('passwords are readable by their owner alone and appear in no log', async () => {
  const { ownerUrl, applicationUrl } = await prepare();
  const log = await readFile(path.join(dataFolder, 'postgres.log'), 'utf8');
  for (const url of [ownerUrl, applicationUrl]) expect(log).not.toContain(new URL(url).password);
  const secrets = (await readdir(dataFolder)).filter((name) => name.endsWith('-password'));
  expect(secrets.sort()).toEqual(['application-password', 'owner-password']);
  for (const name of secrets) {
    expect((await stat(path.join(dataFolder, name))).mode & 0o777).toBe(0o600);
  }
});
