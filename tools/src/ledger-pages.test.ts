import { movements } from '@errand-dash/core';
import { accountPurposes, movementKinds } from '@errand-dash/db';
import { describe, expect, test } from 'vitest';
import { readHouseFile } from './house-files.ts';
import { ledgerPages } from './ledger-pages.ts';

const pages = ledgerPages(movements);

describe('docs/ledger', () => {
  test.each([...pages])('has %s as the code is', (name, page) => {
    expect(readHouseFile(`docs/ledger/${name}`)).toBe(page);
  });

  test('has every account and every movement', () => {
    for (const purpose of Object.keys(accountPurposes))
      expect(pages.get('accounts.md')).toContain(`| \`${purpose}\` |`);
    for (const kind of Object.keys(movementKinds))
      expect(pages.get('movements.md')).toContain(`\n## ${kind}\n`);
  });

  test('shows a movement as its rule makes it', () => {
    expect(pages.get('movements.md')).toContain(
      `| takes from | adds to | amount |
| --- | --- | ---: |
| \`held(escrow, NGN)\` | \`available(payee, NGN)\` | 9250.00 |
| \`held(escrow, NGN)\` | \`available(payer, NGN)\` | 800.00 |
| \`held(escrow, NGN)\` | \`fees(NGN)\` | 450.00 |
`,
    );
  });
});
