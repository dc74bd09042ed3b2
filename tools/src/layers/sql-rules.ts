import { Visitor } from 'oxc-parser';
import { type Breach, isTestFile, type LayerRule } from './layer-rule.ts';
import { dottedName } from './pure-files.ts';
import type { SourceFile } from './source-file.ts';

interface Text {
  value: string;
  offset: number;
}

/** The texts of a file, those between the `${…}` of a template included. SQL can be nowhere else. */
function textsOf(file: SourceFile): Text[] {
  const texts: Text[] = [];
  new Visitor({
    Literal: ({ value, start }) => {
      if (typeof value === 'string') texts.push({ value, offset: start });
    },
    // Joined, so that a statement broken by a value is still seen whole.
    TemplateLiteral: ({ quasis, start }) => {
      texts.push({
        value: quasis.map((quasi) => quasi.value.cooked ?? quasi.value.raw).join(' ? '),
        offset: start,
      });
    },
  }).visit(file.program);
  return texts;
}

const sqlClock =
  /\b(?:now|clock_timestamp|statement_timestamp|transaction_timestamp|timeofday)\s*\(|\b(?:current_timestamp|current_date|current_time|localtimestamp|localtime)\b|'now'/i;
const beginCommand = /create(?: or replace)? function begin_command\(/i;

/** A command's time is the database's at the claim, and an offset moves it in one place. */
export const sqlClockReads: LayerRule = {
  name: 'sql-clock',
  promise: 'no SQL of ours but begin_command reads the clock',
  check: (file) => {
    // Tests and the bench hold our statements against others.
    if (!/^(packages|apps)\//.test(file.path) || isTestFile(file.path)) return [];
    return textsOf(file)
      .filter(({ value }) => sqlClock.test(value) && !beginCommand.test(value))
      .map(({ value, offset }) => ({
        line: file.lineAt(offset),
        message: `"${sqlClock.exec(value)?.[0]}" reads the clock: time is an argument`,
      }));
  },
};

/** The tables that `packages/db/src/tables/ledger.tables.ts` declares. A test holds the two equal. */
export const ledgerTables = [
  'account_purposes',
  'accounts',
  'limit_counters',
  'limit_counts',
  'set_references',
  'transfers',
];
const tables = ledgerTables.join('|');
const ledgerWrite = new RegExp(
  `\\b(?:insert\\s+into|update|delete\\s+from|truncate(?:\\s+table)?|merge\\s+into|copy)\\s+(?:only\\s+)?(?:public\\.)?"?(?:${tables})"?\\b`,
  'i',
);
const writers = /^(insertInto|updateTable|deleteFrom|mergeInto|replaceInto)$/;
const benchFolder = /^bench\//;
const ledgerFolder = /^packages\/db\/src\/(ledger\/|migrations\/\d+-ledger)/;

/** Money moves by one SQL function and by nothing else. */
export const ledgerWrites: LayerRule = {
  name: 'ledger-writes',
  promise: 'only packages/db/src/ledger and its migration write ledger tables',
  check: (file) => {
    // A test tampers with the ledger as its owner, to see that this is found.
    // The bench fills a ledger of its own with millions of rows, which no command would do in an evening.
    if (ledgerFolder.test(file.path) || isTestFile(file.path) || benchFolder.test(file.path)) return [];
    const message = 'a ledger table is written by post() alone';
    const breaches: Breach[] = textsOf(file)
      .filter(({ value }) => ledgerWrite.test(value))
      .map(({ offset }) => ({ line: file.lineAt(offset), message }));
    new Visitor({
      CallExpression: ({ callee, arguments: given, start }) => {
        const [table] = given;
        const isWriter =
          callee.type === 'MemberExpression' &&
          callee.property.type === 'Identifier' &&
          writers.test(callee.property.name);
        if (!isWriter || table?.type !== 'Literal' || !ledgerTables.includes(String(table.value))) return;
        breaches.push({ line: file.lineAt(start), message });
      },
    }).visit(file.program);
    return breaches;
  },
};

const unescaped = /(^|\.)sql\.(raw|lit|ref|table|id)$/;

/** What kysely puts into a statement as it stands must be a constant of ours. */
export const rawSql: LayerRule = {
  name: 'raw-sql',
  promise: 'sql.raw, sql.lit, sql.ref and the like stand in migrations alone, where no input reaches them',
  check: (file) => {
    if (file.path.startsWith('packages/db/src/migrations/') || isTestFile(file.path)) return [];
    const breaches: Breach[] = [];
    new Visitor({
      CallExpression: ({ callee, start }) => {
        const name = dottedName(callee);
        if (unescaped.test(name))
          breaches.push({ line: file.lineAt(start), message: `${name}() does not escape` });
      },
    }).visit(file.program);
    return breaches;
  },
};
