import { Refused, SettingsInvalid } from '@errand-dash/core';
import { type LedgerAnswer, type LedgerCommand, UsageWrong } from './ledger-command.ts';
import { ledgerCommands } from './ledger-commands.ts';
import { withCore } from './with-core.ts';

/** Gives the settings of the system to some work, for as long as it takes. */
type WithSettings = <T>(work: (environment: NodeJS.ProcessEnv) => Promise<T>) => Promise<T>;

/**
 * Runs a command of `npm run ledger` and answers what it says. Exit code 0 where all is well, 1 where it is not, 2 where
 * nobody understands the arguments: then nothing is started.
 */
export const runLedger = (args: readonly string[], withSettings: WithSettings): Promise<LedgerAnswer> =>
  runCommand({ name: 'ledger', commands: ledgerCommands }, args, withSettings);

interface Program {
  /** After `npm run`. */
  name: string;
  commands: Readonly<Record<string, LedgerCommand>>;
}

/** The same with the commands of another program. */
export async function runCommand(
  program: Program,
  [name = '', ...args]: readonly string[],
  withSettings: WithSettings,
): Promise<LedgerAnswer> {
  const command = program.commands[name];
  if (command === undefined) return { text: usage(program), exitCode: 2 };
  try {
    const run = command.prepare(args);
    const user = { name: program.name, writes: false };
    return await withSettings((environment) => withCore(environment, user, run));
  } catch (error) {
    if (error instanceof UsageWrong) return { text: error.message, exitCode: 2 };
    if (error instanceof SettingsInvalid || error instanceof Refused)
      return { text: error.message, exitCode: 1 };
    throw error;
  }
}

const usage = ({ name: program, commands }: Program): string =>
  Object.entries(commands)
    .map(([name, { takes, says }]) => `npm run ${program} -- ${name} ${takes}\n  ${says}`)
    .join('\n\n');
