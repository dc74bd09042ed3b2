import { runLedger } from './ledger/run-ledger.ts';
import { withSystemSettings } from './with-system-settings.ts';

/** `npm run ledger -- <command>`: what whoever looks after the books asks them. */
const { text, exitCode } = await runLedger(process.argv.slice(2), withSystemSettings);
if (exitCode === 2) console.error(text);
else console.log(text);
process.exitCode = exitCode;
