import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { EmbeddedStartFailed } from './embedded-start-failed.ts';
import type { Binaries } from './locate-binaries.ts';

const run = promisify(execFile);
const nobody = 65534;

/** How to run PostgreSQL's programs as somebody they accept: put `prefix` before the command. */
export type Runner = {
  readonly prefix: readonly string[];
  /** Who owns the files that a program run so creates. */
  readonly fileOwnerUid: number;
};

/**
 * The first way to run PostgreSQL that works here. PostgreSQL refuses to run as root, and initdb also refuses a
 * user id that has no name on this machine, as in a container started with an arbitrary one.
 */
export async function chooseRunner(binaries: Binaries, dataFolder: string): Promise<Runner> {
  const refusals: string[] = [];
  for (const runner of runners()) {
    const refusal = await findRefusal(runner, binaries, dataFolder);
    if (refusal === null) return runner;
    refusals.push(`${runner.prefix[0] ?? 'directly'}: ${refusal}`);
  }
  throw new EmbeddedStartFailed(
    `PostgreSQL cannot be run by this user (${refusals.join('; ')}): ` +
      'run as an ordinary user that may write the data folder, or set DATABASE_URL.',
  );
}

function runners(): Runner[] {
  const uid = process.getuid?.() ?? 0;
  const direct = { prefix: [], fileOwnerUid: uid };
  if (process.platform !== 'linux') return [direct];
  // In a user namespace of its own root goes by another number, yet still owns and reaches its files, so that
  // a home only root may read is no obstacle and nothing changes hands.
  const renamed = [1000, nobody].map((shownUid) => ({
    prefix: ['unshare', '--user', `--map-user=${shownUid}`, `--map-group=${shownUid}`],
    fileOwnerUid: uid,
  }));
  if (uid !== 0) return [direct, ...renamed];
  // Container runtimes often refuse namespaces. Then it is nobody, with the one right of root that lets it pass
  // folders closed to others, so that neither programs nor data have to live outside the checkout.
  const asNobody = {
    prefix: [
      'setpriv',
      `--reuid=${nobody}`,
      `--regid=${nobody}`,
      '--clear-groups',
      '--inh-caps=+dac_override',
      '--ambient-caps=+dac_override',
    ],
    fileOwnerUid: nobody,
  };
  return [...renamed, asNobody];
}

async function findRefusal(runner: Runner, binaries: Binaries, dataFolder: string): Promise<string | null> {
  const probe = '"$1" --version >/dev/null && id -un >/dev/null && test -w "$2"';
  const command = [...runner.prefix, 'sh', '-c', probe, 'sh', binaries.postgres, dataFolder];
  try {
    await run(command[0] ?? 'sh', command.slice(1), { cwd: '/', timeout: 10_000 });
    return null;
  } catch (error) {
    if (!(error instanceof Error)) return String(error);
    const stderr = 'stderr' in error ? String(error.stderr).trim() : '';
    return stderr || error.message.split('\n')[0] || 'refused';
  }
}
