import { signedActions } from '@errand-dash/core';
import { expect, test } from 'vitest';
import { readHouseFile } from './house-files.ts';
import { signedActionsPage } from './signed-actions-page.ts';

test('the page of signed actions is as the registry says: else run npm run signed-actions', () => {
  expect(readHouseFile('docs/signed-actions.md')).toBe(signedActionsPage());
});

test('it has a row for every action', () => {
  const page = signedActionsPage();
  for (const name of Object.keys(signedActions)) expect(page).toContain(`\n| \`${name}\` | `);
});
