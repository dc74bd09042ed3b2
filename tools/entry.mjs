// Every `npm run …` begins here. Plain JavaScript that needs nothing installed and runs on the machine's own Node:
// it installs what is missing and then hands over to the Node of node_modules, which runs the TypeScript unbuilt.
import { spawn, spawnSync } from 'node:child_process';
import {
  existsSync,
  linkSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const binFolder = join(root, 'node_modules', '.bin');
const nodeBinary = join(binFolder, 'node');
const lockFile = join(root, '.data', 'install.lock');
const nodeMajorMin = 20;
const lockStaleSeconds = 15;

/** Tasks that live outside `tools/src`. */
const places = {
  'paystack-sandbox': 'packages/paystack/src/sandbox/main.ts',
};

/** What works on the system that is set up here. */
const readsEnvFile = [
  'start',
  'migrate',
  'worker',
  'keys',
  'ledger',
  'admin',
  'audit',
  'messages',
  'clock',
].map((task) => `tools/src/${task}.ts`);

async function main() {
  const [task, ...args] = process.argv.slice(2);
  refuseOldNode();
  const file = task === undefined ? undefined : (places[task] ?? `tools/src/${task}.ts`);
  if (file === undefined || !existsSync(join(root, file)))
    throw new Cure(`There is no task "${task ?? ''}".`);
  await install();
  handOver(file, args);
}

/** A failure whose message says what to do about it. */
class Cure extends Error {}

function refuseOldNode() {
  const major = Number(process.versions.node.split('.')[0]);
  if (major >= nodeMajorMin) return;
  throw new Cure(
    `ErrandDash needs Node ${nodeMajorMin} or newer; this is ${process.version}.\n` +
      'Install a newer Node, for instance with your package manager or nvm, and run the same command again.',
  );
}

async function install() {
  if (findInstallReason() === null) return;
  const release = await holdLock();
  try {
    // Another start may have installed everything while this one waited.
    const reason = findInstallReason();
    if (reason === null) return;
    const startedAt = Date.now();
    console.log(`Installing packages: ${reason}.`);
    await runNpmCi();
    if (!isNodeUsable()) throw new Cure(scriptsAreOff);
    console.log(`Installed in ${Math.round((Date.now() - startedAt) / 1000)} s.`);
  } finally {
    release();
  }
}

const scriptsAreOff =
  'The packages are installed, but node_modules/.bin/node is missing or does not run here, since npm did not run\n' +
  'the install script of the package "node" (it puts the binary there). Scripts are probably switched off on this\n' +
  'machine (npm config get ignore-scripts). Allow this one and run the same command again:\n' +
  '  npm rebuild node --ignore-scripts=false';

/** Why an install is needed, in words; null when everything is there. */
function findInstallReason() {
  const installed = readJson(join(root, 'node_modules', '.package-lock.json'));
  if (installed === null) return 'there are none yet';
  const wanted = readJson(join(root, 'package-lock.json'));
  if (wanted === null)
    throw new Cure('package-lock.json is missing or damaged. Restore it: git checkout package-lock.json');
  const differing = findDiffering(wanted.packages, installed.packages);
  if (differing !== null) return `package-lock.json asks for another ${differing}`;
  return isNodeUsable() ? null : 'node_modules has no Node for this machine';
}

/** The first package of the lock that is not installed so. Optional ones are for other machines, as npm decides. */
function findDiffering(wanted, installed) {
  for (const [place, entry] of Object.entries(wanted)) {
    if (place === '' || entry.optional === true || entry.devOptional === true || entry.extraneous === true)
      continue;
    const found = installed[place];
    const isSame =
      found !== undefined &&
      found.version === entry.version &&
      found.integrity === entry.integrity &&
      JSON.stringify(found.dependencies) === JSON.stringify(entry.dependencies);
    if (!isSame) return place.replace(/^.*node_modules\//, '');
  }
  return null;
}

function isNodeUsable() {
  const wanted = readJson(join(root, 'package.json')).devDependencies.node;
  const { stdout } = spawnSync(nodeBinary, ['--version'], { encoding: 'utf8' });
  return typeof stdout === 'string' && stdout.trim() === `v${wanted}`;
}

function runNpmCi() {
  // Where NODE_ENV is production npm would leave out the tools that everything here runs on.
  const flags = ['ci', '--include=dev', '--include=optional', '--no-audit', '--no-fund', '--loglevel=error'];
  const npm = process.env.npm_execpath;
  const [command, args] = npm?.endsWith('.js') ? [process.execPath, [npm, ...flags]] : ['npm', flags];
  const child = spawn(command, args, { cwd: root, stdio: ['ignore', 'ignore', 'pipe'] });
  const stopForwarding = forwardSignals(child);
  let said = '';
  child.stderr.setEncoding('utf8').on('data', (text) => {
    said = (said + text).slice(0, 8000);
  });
  return new Promise((resolve, reject) => {
    child.on('error', (error) => reject(new Cure(installFailed(`npm could not be run: ${error.message}`))));
    child.on('close', (code, signal) => {
      stopForwarding();
      if (code === 0) resolve();
      else
        reject(
          new Cure(
            installFailed(
              `npm ci ended with ${signal ?? code}. It said:\n${said.split('npm error Usage:')[0].trim()}`,
            ),
          ),
        );
    });
  });
}

const installFailed = (what) =>
  `${what}\n\nThe packages could not be installed. Look at the network and the registry (npm config get registry),\n` +
  'then run "npm ci" by hand to see all of its output, then the same command again.';

/**
 * Two starts at once do not install into each other. A holder touches the file every few seconds, so that one left
 * by a kill is known by its age; a pid would soon be another program's in a container.
 */
async function holdLock() {
  mkdirSync(dirname(lockFile), { recursive: true, mode: 0o700 });
  for (let isSaid = false; !tryLock(); isSaid = true) {
    if (!isSaid) console.log('Another start is installing packages. Waiting for it.');
    await new Promise((resolve) => setTimeout(resolve, 250));
  }
  const touching = setInterval(() => utimesSync(lockFile, new Date(), new Date()), 2000);
  return () => {
    clearInterval(touching);
    rmSync(lockFile, { force: true });
  };
}

function tryLock() {
  try {
    writeFileSync(lockFile, '', { flag: 'wx' });
    return true;
  } catch (error) {
    if (error.code !== 'EEXIST') throw error;
  }
  if (ageSeconds(lockFile) > lockStaleSeconds) takeAway(lockFile);
  return false;
}

/** Of two who take a stale lock away at once, the slower may have caught the quicker one's new lock: put it back. */
function takeAway(file) {
  const aside = `${file}.${process.pid}`;
  try {
    renameSync(file, aside);
    if (ageSeconds(aside) <= lockStaleSeconds) linkSync(aside, file);
  } catch (error) {
    if (error.code !== 'ENOENT' && error.code !== 'EEXIST') throw error;
  }
  rmSync(aside, { force: true });
}

function ageSeconds(file) {
  try {
    return (Date.now() - statSync(file).mtimeMs) / 1000;
  } catch {
    return 0;
  }
}

/** Becomes the task, as far as a process can without `exec`: same streams, signals and exit. */
function handOver(file, args) {
  // The task ends when this process does, however it does: it sees the channel close.
  const ends = join(root, 'tools', 'src', 'supervisor', 'end-with-parent.ts');
  // What is set by hand goes before what the file says. Tests and the story are the same with and without one.
  const envFile = join(root, '.env');
  const settings = readsEnvFile.includes(file) && existsSync(envFile) ? [`--env-file=${envFile}`] : [];
  const child = spawn(nodeBinary, [...settings, '--import', ends, join(root, file), ...args], {
    cwd: root,
    stdio: ['inherit', 'inherit', 'inherit', 'ipc'],
    env: { ...process.env, PATH: `${binFolder}${delimiter}${process.env.PATH ?? ''}` },
  });
  const stopForwarding = forwardSignals(child);
  child.on('error', (error) => {
    console.error(error);
    process.exitCode = 1;
  });
  child.on('exit', (code, signal) => {
    stopForwarding();
    if (signal === null) process.exit(code);
    process.kill(process.pid, signal);
  });
}

function forwardSignals(child) {
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'];
  const forward = (signal) => child.kill(signal);
  for (const signal of signals) process.on(signal, forward);
  return () => {
    for (const signal of signals) process.off(signal, forward);
  };
}

function readJson(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    return null;
  }
}

// Last, when everything above is defined.
main().catch((error) => {
  console.error(error instanceof Cure ? error.message : error);
  process.exitCode = 1;
});
