import { payoutAccountStates } from '@errand-dash/contract';
import { expect, test } from 'vitest';
import { isRefusal } from '../../refusal.ts';
import { decideTransition } from '../../state-machine.ts';
import { payoutAccountActors, payoutAccountEvents, payoutAccountMachine } from './payout-account.machine.ts';

/** For each actor and state, what each event leads to. What is not here is refused. */
const expected: Record<string, Record<string, Record<string, string>>> = {
  provider: { created: { activate: 'active', refuse: 'refused' } },
  clock: { created: { check: 'created' } },
  owner: { created: { remove: 'removed' }, active: { remove: 'removed' } },
};

const rows = payoutAccountStates.flatMap((state) =>
  payoutAccountEvents.flatMap((event) =>
    payoutAccountActors.map((actor) => {
      return { state, event, actor, to: expected[actor]?.[state]?.[event] ?? 'refused' };
    }),
  ),
);

test.each(rows)('$actor, $event in $state: $to', ({ state, event, actor, to }) => {
  const decision = decideTransition(payoutAccountMachine, 'payout_account', state, event as never, actor);
  expect(isRefusal(decision) ? 'refused' : decision).toBe(to);
});

test('every state of the contract is in the machine, and no other', () => {
  expect(Object.keys(payoutAccountMachine).sort()).toEqual([...payoutAccountStates].sort());
});
