import { auditCommands } from './audit/audit-commands.ts';
import { runCommand } from './ledger/run-ledger.ts';
import { withSystemSettings } from './with-system-settings.ts';

/** `npm run audit -- <command>`: whether anybody touched the audit log. */
const program = { name: 'audit', commands: auditCommands };
const { text, exitCode } = await runCommand(program, process.argv.slice(2), withSystemSettings);
if (exitCode === 2) console.error(text);
else console.log(text);
process.exitCode = exitCode;
