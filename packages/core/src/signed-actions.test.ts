import { beginApprovalIn } from '@errand-dash/contract';
import { expect, test } from 'vitest';
import { type SignedAction, type SignedActions, signedCommand } from './approvals/index.ts';
import { signedWithdrawal } from './payments/index.ts';
import { signedActions } from './signed-actions.ts';

test('every action that the contract can ask a signature for has its row, under its own name', () => {
  const asked = beginApprovalIn.options.map((option) => option.shape.action.value);
  expect(Object.keys(signedActions).sort()).toEqual([...asked].sort());
  for (const [name, action] of Object.entries(signedActions)) expect(action.name).toBe(name);
});

test('an action without its row, or under another’s name, does not compile', () => {
  // @ts-expect-error The row of the payout account is missing.
  const incomplete: SignedActions = { 'wallet.withdraw': signedWithdrawal };
  // @ts-expect-error No such action can be signed.
  const unknown: SignedAction<'wallet.steal'> = { ...signedWithdrawal, name: 'wallet.steal' };
  // @ts-expect-error What is signed of a withdrawal is not what is signed of a payout account.
  const mixed: SignedAction<'wallet.addPayoutAccount'> = signedWithdrawal;
  // @ts-expect-error The name alone derives nothing.
  const nameless = signedCommand('wallet.withdraw', async () => ({ result: null }));
  expect([incomplete, unknown, mixed, nameless]).toHaveLength(4);
});
