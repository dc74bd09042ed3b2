import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { SystemAddresses } from './story/stage.ts';

export interface Booted extends SystemAddresses {
  /** The database as its owner, for what no procedure can do. */
  ownerUrl: string;
  /** The last lines of the log of each part. */
  readLogs: () => Promise<string>;
  /** The process that a part runs in now; null between two. */
  readPid: (part: string) => Promise<number | null>;
  /** Ends every process and removes every file. */
  stop: () => Promise<void>;
}

const root = path.resolve(import.meta.dirname, '../..');
const startSecondsMax = 120;

/**
 * Brings up a whole ErrandDash of its own by the same start that `npm start` makes: an empty throw-away database,
 * API, worker and sandbox, each a process or more, on free ports. It ends with this process, however that ends.
 * Passkeys are used from the API's own origin unless pages of others are named.
 */
export async function boot(given: { processes?: number; origins?: readonly string[] } = {}): Promise<Booted> {
  const { processes = 1, origins = [] } = given;
  const folder = await mkdtemp(path.join(tmpdir(), 'errand-dash-e2e-'));
  const flags = [
    '--data-folder',
    folder,
    '--free-ports',
    '--throw-away',
    '--no-story',
    '--in-the-past',
    `--processes=${processes}`,
    ...origins.map((origin) => `--origin=${origin}`),
  ];
  const endWithParent = path.join(root, 'tools/src/supervisor/end-with-parent.ts');
  const child = spawn(
    process.execPath,
    ['--import', endWithParent, path.join(root, 'tools/src/start.ts'), ...flags],
    { cwd: root, stdio: ['ignore', 'pipe', 'pipe', 'ipc'] },
  );
  let said = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding('utf8').on('data', (text) => {
      said += text;
    });
  }
  const exited = once(child, 'exit');
  const stop = async () => {
    child.kill('SIGTERM');
    await exited;
    await rm(folder, { recursive: true, force: true });
  };
  try {
    const ready = once(child, 'message', { signal: AbortSignal.timeout(startSecondsMax * 1000) });
    const message = await Promise.race([ready.then(([news]) => news), exited.then(() => null)]);
    if (message === null) throw new Error(`ErrandDash did not start. It said:\n${said}`);
    return {
      ...(message as Omit<Booted, 'stop' | 'readLogs' | 'readPid'>),
      readLogs: () => readLogs(folder),
      readPid: (part) => readPid(folder, part),
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** From what the supervisor keeps for whoever looks for it. */
async function readPid(folder: string, part: string): Promise<number | null> {
  const running = JSON.parse(await readFile(path.join(folder, 'running.json'), 'utf8'));
  return running.parts[part] ?? null;
}

async function readLogs(folder: string): Promise<string> {
  const files = (await readdir(path.join(folder, 'logs'))).filter((name) => name.endsWith('.log'));
  const tails = files.map(async (name) => {
    const log = await readFile(path.join(folder, 'logs', name), 'utf8');
    return `${path.parse(name).name}:\n${log.trim().split('\n').slice(-20).join('\n')}`;
  });
  return (await Promise.all(tails)).join('\n\n');
}
