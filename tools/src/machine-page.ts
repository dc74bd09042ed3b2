import type { AnyMachine } from '@errand-dash/core';

/** A page about a lifecycle: its diagram as Mermaid draws it, and every edge as a row. */
export function machinePage(name: string, machine: AnyMachine): string {
  return `# ${titleOf(name)}

Drawn from the table in \`packages/core/src\` by \`npm run machines\`. Change the table, not this page.

\`\`\`mermaid
${diagram(machine)}
\`\`\`

| from | event | to | by | the clock acts at |
|---|---|---|---|---|
${rows(machine)}

${ends(machine)}
`;
}

/** The file of a lifecycle's page: `top-up.md` for `topUp`. */
export const pageName = (name: string): string => `${wordsOf(name).join('-')}.md`;

const wordsOf = (name: string): string[] => name.split(/(?=[A-Z])/).map((word) => word.toLowerCase());

function titleOf(name: string): string {
  const words = wordsOf(name).join(' ');
  return words.charAt(0).toUpperCase() + words.slice(1);
}

interface Edge {
  from: string;
  event: string;
  to: string;
  by: readonly string[];
  at?: string;
}

const edgesOf = (machine: AnyMachine): Edge[] =>
  Object.entries(machine).flatMap(([from, edges]) =>
    Object.entries(edges).map(([event, edge]) => ({ from, event, ...edge })),
  );

const finalStates = (machine: AnyMachine): string[] =>
  Object.entries(machine)
    .filter(([, edges]) => Object.keys(edges).length === 0)
    .map(([state]) => state);

function diagram(machine: AnyMachine): string {
  const [first = ''] = Object.keys(machine);
  return [
    'stateDiagram-v2',
    `  [*] --> ${first}`,
    ...edgesOf(machine).map(({ from, event, to, by }) => `  ${from} --> ${to} : ${event} (${by.join(', ')})`),
    ...finalStates(machine).map((state) => `  ${state} --> [*]`),
  ].join('\n');
}

const rows = (machine: AnyMachine): string =>
  edgesOf(machine)
    .map(({ from, event, to, by, at }) => `| ${from} | ${event} | ${to} | ${by.join(', ')} | ${at ?? ''} |`)
    .join('\n');

function ends(machine: AnyMachine): string {
  const states = finalStates(machine).map((state) => `\`${state}\``);
  return `Nothing leaves ${new Intl.ListFormat('en', { type: 'disjunction' }).format(states)}.`;
}
