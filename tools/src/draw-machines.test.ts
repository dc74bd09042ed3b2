import { machines } from '@errand-dash/core';
import { describe, expect, test } from 'vitest';
import { readHouseFile } from './house-files.ts';
import { machinePage, pageName } from './machine-page.ts';

test('a page has every state, event, actor and instant of its table', () => {
  const machine = {
    open: {
      take: { to: 'taken', by: ['runner'] },
      close: { to: 'closed', by: ['sender', 'clock'], at: 'closesAt' },
    },
    taken: {},
    closed: {},
  } as const;
  expect(machinePage('shopDoor', machine)).toBe(`# Shop door

Drawn from the table in \`packages/core/src\` by \`npm run machines\`. Change the table, not this page.

\`\`\`mermaid
stateDiagram-v2
  [*] --> open
  open --> taken : take (runner)
  open --> closed : close (sender, clock)
  taken --> [*]
  closed --> [*]
\`\`\`

| from | event | to | by | the clock acts at |
|---|---|---|---|---|
| open | take | taken | runner |  |
| open | close | closed | sender, clock | closesAt |

Nothing leaves \`taken\` or \`closed\`.
`);
  expect(pageName('shopDoor')).toBe('shop-door.md');
});

describe('docs/machines', () => {
  test.each(Object.entries(machines))('shows %s as its table is', (name, machine) => {
    expect(readHouseFile(`docs/machines/${pageName(name)}`)).toBe(machinePage(name, machine));
  });
});
