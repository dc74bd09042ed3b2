import { type Expression, Visitor } from 'oxc-parser';
import type { Breach, LayerRule } from './layer-rule.ts';

const impureCalls =
  /^(Date\.now|performance\.now|Math\.random|crypto\.\w+|globalThis\.crypto\.\w+|fetch|setTimeout|setInterval)$/;

/** Machines and rules: the same input gives the same answer, today and on replay. */
export const pureFiles: LayerRule = {
  name: 'pure-files',
  promise: 'machine and rules files have no clock, no randomness, no I/O, and do not throw',
  check: (file) => {
    if (!/\.(machine|rules)\.ts$/.test(file.path)) return [];
    const breaches: Breach[] = [];
    const report = (offset: number, message: string) => breaches.push({ line: file.lineAt(offset), message });
    new Visitor({
      CallExpression: ({ callee, start }) => {
        const name = dottedName(callee);
        if (impureCalls.test(name)) report(start, `${name}() is not pure`);
        if (name === 'Date') report(start, 'Date() reads the clock');
      },
      NewExpression: ({ callee, arguments: given, start }) => {
        if (dottedName(callee) === 'Date' && given.length === 0) report(start, 'new Date() reads the clock');
      },
      MemberExpression: ({ object, start }) => {
        if (dottedName(object) === 'process') report(start, 'process is I/O');
      },
      AwaitExpression: ({ start }) => report(start, 'a rule answers at once: nothing to await'),
      ThrowStatement: ({ start }) => report(start, 'rules return a refusal, the shell throws'),
    }).visit(file.program);
    return breaches;
  },
};

/** `a.b.c` of such an expression, else an empty text. */
export function dottedName(expression: Expression | { type: string }): string {
  if (expression.type === 'Identifier' && 'name' in expression) return expression.name;
  if (expression.type !== 'MemberExpression' || !('property' in expression)) return '';
  const { object, property } = expression;
  const left = dottedName(object);
  return left === '' || property.type !== 'Identifier' ? '' : `${left}.${property.name}`;
}
