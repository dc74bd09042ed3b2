import { type Breach, isTestFile, type LayerRule } from './layer-rule.ts';
import type { SourceFile } from './source-file.ts';

/** Which of our packages a place may import. */
const grants: readonly { place: RegExp; may: readonly string[] }[] = [
  { place: /^packages\/core\//, may: ['contract', 'db'] },
  { place: /^packages\/core\/src\/payments\//, may: ['paystack'] },
  { place: /^packages\/sdk\//, may: ['contract'] },
  { place: /^apps\/(api|worker)\//, may: ['contract', 'core'] },
  { place: /^apps\/(api|worker)\/src\/main\.ts$/, may: ['db'] },
  { place: /^apps\/(console|web)\//, may: ['sdk'] },
  { place: /^e2e\//, may: ['sdk', 'software-authenticator'] },
  {
    place: /^bench\//,
    may: ['contract', 'core', 'db', 'api', 'worker', 'sdk', 'software-authenticator'],
  },
  { place: /^simulation\//, may: ['contract', 'core', 'db', 'paystack', 'api', 'worker'] },
  { place: /^tools\//, may: ['contract', 'core', 'db', 'paystack', 'sdk', 'e2e', 'api', 'worker'] },
];

/** Beside the grants: tests stand on a real database and real counterparts. */
const grantedToTests = ['contract', 'core', 'db', 'paystack', 'software-authenticator'];
const neverInPublished = /^packages\/(contract|sdk)\//;

/** Who may import whom among our packages, and that it happens through the index alone. */
export const packageImports: LayerRule = {
  name: 'package-imports',
  promise:
    'sdk → contract ← core → db; apps → core, contract, and db in main.ts alone; paystack in payments alone',
  check: (file) => file.imports.flatMap(({ specifier, line }) => checkOne(file, specifier, line)),
};

function checkOne(file: SourceFile, specifier: string, line: number): Breach[] {
  const own = file.path.split('/').slice(0, /^(apps|packages)\//.test(file.path) ? 2 : 1);
  if (specifier.startsWith('.')) {
    return staysInside(file.path, specifier, own.join('/'))
      ? []
      : [{ line, message: `"${specifier}" leaves the package: import it by its name` }];
  }
  const match = /^@errand-dash\/([^/]+)(?:\/(.+))?$/.exec(specifier);
  if (match === null) return [];
  const [, target = '', subpath] = match;
  if (!mayImport(file.path, target)) {
    return [{ line, message: `${own.join('/')} may not import @errand-dash/${target}` }];
  }
  if (subpath === undefined || (subpath === 'testing' && isTestFile(file.path))) return [];
  if (specifier === '@errand-dash/db/embedded' && /^(tools|bench)\//.test(file.path)) return [];
  return [{ line, message: `"${specifier}": a package is reached through its index` }];
}

function mayImport(path: string, target: string): boolean {
  if (path.split('/').includes(target) && isTestFile(path)) return true;
  if (isTestFile(path) && !neverInPublished.test(path) && grantedToTests.includes(target)) return true;
  return grants.some(({ place, may }) => place.test(path) && may.includes(target));
}

function staysInside(path: string, specifier: string, own: string): boolean {
  return new URL(specifier, `file:///${path}`).pathname.startsWith(`/${own}/`);
}
