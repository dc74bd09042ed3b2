import { runProgram } from './run-program.ts';
import { withSystemSettings } from './with-system-settings.ts';

/** `npm run worker -- [--once]`: a worker on the database of DATABASE_URL, else on the embedded one. */
const { exitCode } = await withSystemSettings((environment) =>
  runProgram(['node', 'apps/worker/src/main.ts', ...process.argv.slice(2)], { environment }),
);
process.exitCode = exitCode;
