import { buildSdk } from './build-sdk.ts';
import { runProgram } from './run-program.ts';

// A real browser on a small page that uses only the SDK. Needs a Chromium on this machine.
await buildSdk();
const config = ['--config', 'vitest.browser.config.ts'];
const { exitCode } = await runProgram(['vitest', 'run', ...config, ...process.argv.slice(2)]);
process.exitCode = exitCode;
