import { runProgram } from './run-program.ts';

/** Builds the SDK, which is what everything that plays a client stands on. Does nothing when it is built already. */
export async function buildSdk(): Promise<void> {
  const { exitCode, output } = await runProgram(['node', 'packages/sdk/scripts/build.ts'], { isQuiet: true });
  if (exitCode !== 0) throw new Error(`The SDK does not build:\n${output}`);
}
