import { type Program, parseSync } from 'oxc-parser';

/** One import or re-export of a file. */
export interface Import {
  specifier: string;
  /** True when nothing of it is left once types are stripped. */
  isTypeOnly: boolean;
  names: readonly string[];
  line: number;
}

/** A file of ours as the rules see it. */
export interface SourceFile {
  /** From the root of the repository, with slashes. */
  path: string;
  imports: readonly Import[];
  program: Program;
  lineAt: (offset: number) => number;
}

/** Parses TypeScript. Throws when it does not parse. */
export function readSource(path: string, text: string): SourceFile {
  const { program, module, errors } = parseSync(path, text);
  const [error] = errors;
  if (error !== undefined) throw new Error(`${path}: ${error.message}`);
  const lineAt = (offset: number) => text.slice(0, offset).split('\n').length;
  const imports: Import[] = [];
  for (const { moduleRequest, entries, start } of module.staticImports) {
    imports.push({
      specifier: moduleRequest.value,
      isTypeOnly: entries.length > 0 && entries.every((entry) => entry.isType),
      names: entries.map((entry) => entry.importName.name ?? '*'),
      line: lineAt(start),
    });
  }
  for (const { entries, start } of module.staticExports) {
    for (const { moduleRequest, importName, isType } of entries) {
      if (moduleRequest === null) continue;
      const names = [importName.name ?? '*'];
      imports.push({ specifier: moduleRequest.value, isTypeOnly: isType, names, line: lineAt(start) });
    }
  }
  for (const { moduleRequest, start } of module.dynamicImports) {
    const specifier = text.slice(moduleRequest.start, moduleRequest.end).replace(/^['"`]|['"`]$/g, '');
    imports.push({ specifier, isTypeOnly: false, names: ['*'], line: lineAt(start) });
  }
  return { path, imports, program, lineAt };
}
