import { beginApprovalIn } from '@errand-dash/contract';
import { expect, test } from 'vitest';
import { type SignedAction, type SignedActions, signedCommand, signedFromLimit } from './approvals/index.ts';
import { signedConfirmation } from './errands/index.ts';
import { signedWithdrawal } from './payments/index.ts';
import { signedActions } from './signed-actions.ts';
import { permissions } from './users/index.ts';

test('every action that the contract can ask a signature for has its row, under its own name', () => {
  const asked = beginApprovalIn.options.map((option) => option.shape.action.value);
  expect(Object.keys(signedActions).sort()).toEqual([...asked].sort());
  for (const [name, action] of Object.entries(signedActions)) expect(action.name).toBe(name);
});

test.each(Object.values(signedActions).map((row) => [row.name, row] as const))(
  '%s says who signs it with what',
  (name, { by, means }) => {
    const row: SignedActions[typeof name] = signedActions[name];
    expect(['owner', ...permissions]).toContain(by);
    expect(means).toContain('passkey');
    // Where a person's own money or keys are concerned, a person is asked, not a machine of his.
    if (row.by === 'owner') expect(means).toEqual(['passkey']);
  },
);

test('an action without its row, or under another’s name, does not compile', () => {
  // @ts-expect-error The rows of all others are missing.
  const incomplete: SignedActions = { 'wallet.withdraw': signedWithdrawal };
  // @ts-expect-error No such action can be signed.
  const unknown: SignedAction<'wallet.steal'> = { ...signedWithdrawal, name: 'wallet.steal' };
  // @ts-expect-error What is signed of a withdrawal is not what is signed of a payout account.
  const mixed: SignedAction<'wallet.addPayoutAccount'> = signedWithdrawal;
  const { by: _by, ...nobodys } = signedWithdrawal;
  // @ts-expect-error It does not say who may sign it.
  const unsaid: SignedAction<'wallet.withdraw'> = nobodys;
  // @ts-expect-error Nobody can be given such a permission.
  const unpermitted: SignedAction<'wallet.withdraw'> = { ...signedWithdrawal, by: 'wallet.steal' };
  // @ts-expect-error The name alone derives nothing.
  const nameless = signedCommand('wallet.withdraw', async () => ({ result: null }));
  // @ts-expect-error What is always signed has no limit to stay below.
  const limited = signedFromLimit(signedWithdrawal, async () => ({ result: null }));
  // @ts-expect-error What is signed from a limit on may come unsigned.
  const unlimited = signedCommand(signedConfirmation, async () => ({ result: null }));
  const all = [incomplete, unknown, mixed, unsaid, unpermitted, nameless, limited, unlimited];
  expect(all).toHaveLength(8);
});
