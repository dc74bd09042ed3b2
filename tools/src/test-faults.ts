import { runProgram } from './run-program.ts';

// Thirty-two clients move money for FAULT_SECONDS while connections are ended and PostgreSQL is crashed.
const config = ['--config', 'vitest.faults.config.ts'];
const { exitCode } = await runProgram(['vitest', 'run', ...config, ...process.argv.slice(2)]);
process.exitCode = exitCode;
