import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { buildSdk } from './build-sdk.ts';
import { checkPackaging } from './check-packaging.ts';
import { runProgram } from './run-program.ts';

interface Count {
  passed: number;
  failed: number;
}

interface Check {
  name: string;
  run: () => Promise<Count>;
}

const checks: readonly Check[] = [
  { name: 'types', run: () => program('turbo', 'run', 'typecheck', '--output-logs=errors-only') },
  { name: 'lint', run: () => program('biome', 'check', '--error-on-warnings', '.') },
  { name: 'machines', run: () => program('node', 'tools/src/draw-machines.ts', '--check') },
  { name: 'ledger-docs', run: () => program('node', 'tools/src/write-ledger-docs.ts', '--check') },
  { name: 'generated-sdk', run: () => program('node', 'tools/src/generate-sdk.ts', '--check') },
  { name: 'packaging', run: packaging },
  { name: 'tests', run: () => tests([]) },
  { name: 'tests-debian', run: testsOnDebian },
  { name: 'tests-faults', run: testsOfFaults },
  { name: 'dump-restore', run: dumpAndRestore },
  { name: 'tests-browser', run: testsInBrowser },
  { name: 'story', run: story },
];

/** Runs every check, or those that are named, and sums what passed and what failed. */
async function main(): Promise<void> {
  const { positionals } = parseArgs({ allowPositionals: true });
  const unknown = positionals.filter((name) => !checks.some((check) => check.name === name));
  if (unknown.length > 0) {
    console.error(
      `There is no check "${unknown[0]}". There are: ${checks.map(({ name }) => name).join(', ')}.`,
    );
    process.exitCode = 1;
    return;
  }
  const total: Count = { passed: 0, failed: 0 };
  const summary: string[] = [];
  for (const { name, run } of checks) {
    if (positionals.length > 0 && !positionals.includes(name)) continue;
    console.log(`\n── ${name}`);
    const startedAt = performance.now();
    const { passed, failed } = await run().catch(reportFailure);
    const seconds = Math.round((performance.now() - startedAt) / 1000);
    summary.push(
      `${failed === 0 ? 'ok    ' : 'FAILED'} ${name}  ${passed} passed, ${failed} failed, ${seconds} s`,
    );
    total.passed += passed;
    total.failed += failed;
  }
  console.log(`\n${summary.join('\n')}\n`);
  console.log(`${total.passed} passed, ${total.failed} failed`);
  process.exitCode = total.failed === 0 ? 0 : 1;
}

function reportFailure(error: unknown): Count {
  console.error(error);
  return { passed: 0, failed: 1 };
}

const countOf = (isGood: boolean): Count => (isGood ? { passed: 1, failed: 0 } : { passed: 0, failed: 1 });

/** What it says is shown when it fails: there is enough to read. */
async function program(...command: string[]): Promise<Count> {
  const environment = { TURBO_TELEMETRY_DISABLED: '1', TURBO_NO_UPDATE_NOTIFIER: '1' };
  const { exitCode, output } = await runProgram(command, { isQuiet: true, environment });
  if (exitCode !== 0) console.log(output);
  return countOf(exitCode === 0);
}

async function story(): Promise<Count> {
  const { exitCode } = await runProgram(['node', 'tools/src/story.ts']);
  return countOf(exitCode === 0);
}

async function packaging(): Promise<Count> {
  await buildSdk();
  const problems = await checkPackaging();
  for (const problem of problems) console.error(problem);
  return countOf(problems.length === 0);
}

interface Report {
  success: boolean;
  numPassedTests: number;
  numFailedTests: number;
  numPendingTests: number;
  numTodoTests: number;
}

/** A test that does not run counts as failed, and so does a run that breaks off. */
async function tests(flags: readonly string[], prefix: readonly string[] = []): Promise<Count> {
  await buildSdk();
  const folder = mkdtempSync(path.join(tmpdir(), 'errand-dash-report-'));
  const file = path.join(folder, 'report.json');
  try {
    const reporters = ['--reporter=default', '--reporter=json', `--outputFile=${file}`];
    const { exitCode } = await runProgram([...prefix, 'vitest', 'run', ...reporters, ...flags]);
    if (!existsSync(file)) return { passed: 0, failed: 1 };
    const report = JSON.parse(readFileSync(file, 'utf8')) as Report;
    const failed = report.numFailedTests + report.numPendingTests + report.numTodoTests;
    const isGood = exitCode === 0 && report.success && report.numPassedTests > 0;
    return { passed: report.numPassedTests, failed: isGood ? failed : Math.max(failed, 1) };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** What needs a database, once more on the oldest PostgreSQL that is promised. */
async function testsOnDebian(): Promise<Count> {
  await needPostgres15();
  return tests(['--project', 'db'], onDebian);
}

/** From one cluster into another, by the tools that come with it. */
async function dumpAndRestore(): Promise<Count> {
  await needPostgres15();
  const second = ['node', 'tools/src/debian-postgres.ts', 'RESTORE_DATABASE_URL', '--'];
  return tests(['--config', 'vitest.restore.config.ts'], [...second, ...onDebian]);
}

const onDebian = ['node', 'tools/src/debian-postgres.ts', '--'];

async function needPostgres15(): Promise<void> {
  if (!existsSync('/usr/lib/postgresql/15/bin/postgres')) await installFromDebian('postgresql-15');
}

/** For half as long as `npm run test:faults` does it, unless somebody says how long. */
async function testsOfFaults(): Promise<Count> {
  process.env.FAULT_SECONDS ||= '30';
  return tests(['--config', 'vitest.faults.config.ts']);
}

async function testsInBrowser(): Promise<Count> {
  if (!existsSync('/usr/bin/chromium')) await installFromDebian('chromium');
  return tests(['--config', 'vitest.browser.config.ts']);
}

async function installFromDebian(name: string): Promise<void> {
  const asRoot = process.getuid?.() === 0 ? [] : ['sudo', '-n'];
  const environment = { DEBIAN_FRONTEND: 'noninteractive' };
  await runProgram([...asRoot, 'apt-get', 'update'], { isQuiet: true, environment });
  const install = [...asRoot, 'apt-get', 'install', '-y', '--no-install-recommends', name];
  const { exitCode, output } = await runProgram(install, { isQuiet: true, environment });
  if (exitCode !== 0) throw new Error(`${name} cannot be installed:\n${output.slice(-2000)}`);
}

await main();
