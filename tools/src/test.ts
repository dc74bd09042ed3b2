import { buildSdk } from './build-sdk.ts';
import { runProgram } from './run-program.ts';

// Tests stand on a temporary PostgreSQL, or on the server of TEST_DATABASE_URL.
await buildSdk();
const { exitCode } = await runProgram(['vitest', 'run', ...process.argv.slice(2)]);
process.exitCode = exitCode;
