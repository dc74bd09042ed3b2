import { buildSdk } from './build-sdk.ts';
import { runProgram } from './run-program.ts';

/** `npm run bench`: builds the SDK, through which some rows go, and measures. */
async function main(): Promise<number> {
  await buildSdk();
  const { exitCode } = await runProgram(['node', 'bench/src/main.ts', ...process.argv.slice(2)]);
  return exitCode;
}

process.exitCode = await main();
