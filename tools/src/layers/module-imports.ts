import { isTestFile, type LayerRule } from './layer-rule.ts';

const modulePattern = /^packages\/core\/src\/([^/]+)\//;

/** A module of core is a folder; the others see its index alone. */
export const moduleImports: LayerRule = {
  name: 'module-imports',
  promise: 'one module of core reaches another through its index.ts',
  check: (file) => {
    if (!file.path.startsWith('packages/core/src/')) return [];
    const own = modulePattern.exec(file.path)?.[1];
    return file.imports.flatMap(({ specifier, line }) => {
      if (!specifier.startsWith('.')) return [];
      const target = new URL(specifier, `file:///${file.path}`).pathname.slice(1);
      const other = modulePattern.exec(target)?.[1];
      const isAllowed =
        other === undefined ||
        other === own ||
        target.endsWith('/index.ts') ||
        (isTestFile(file.path) && isTestFile(target));
      return isAllowed ? [] : [{ line, message: `"${specifier}": reach ${other} through its index.ts` }];
    });
  },
};
