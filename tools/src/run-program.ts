import { type ChildProcess, spawn } from 'node:child_process';
import { constants } from 'node:os';
import path from 'node:path';
import { root } from './house-files.ts';

export interface Finished {
  /** As a shell gives it: 128 and the number when a signal ended it. */
  exitCode: number;
  output: string;
}

/** Runs a program in the root, of `node_modules/.bin` first. Passes on what it says, or keeps it when asked to. */
export function runProgram(
  command: readonly string[],
  { isQuiet = false, environment = {} }: { isQuiet?: boolean; environment?: NodeJS.ProcessEnv } = {},
): Promise<Finished> {
  const [program = '', ...args] = command;
  const bins = path.join(root, 'node_modules', '.bin');
  const child = spawn(program, args, {
    cwd: root,
    env: { ...process.env, PATH: `${bins}${path.delimiter}${process.env.PATH ?? ''}`, ...environment },
    stdio: isQuiet ? ['ignore', 'pipe', 'pipe'] : 'inherit',
  });
  const stopForwarding = forwardSignals(child);
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding('utf8').on('data', (text) => {
      output += text;
    });
  }
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code, signal) => {
      stopForwarding();
      resolve({ exitCode: code ?? 128 + (signal === null ? 1 : constants.signals[signal]), output });
    });
  });
}

function forwardSignals(child: ChildProcess): () => void {
  const forward = (signal: NodeJS.Signals) => child.kill(signal);
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
  for (const signal of signals) process.on(signal, forward);
  return () => {
    for (const signal of signals) process.off(signal, forward);
  };
}
