import { describe, expect, test } from 'vitest';
import { after } from '../../clock.ts';
import { defaultPolicy } from '../../policy.ts';
import { isRefusal } from '../../refusal.ts';
import {
  decideAnswer,
  decideRemoval,
  decideUse,
  newPayoutAccount,
  type PayoutAccount,
  payeeOf,
  refusalOfAccount,
} from './payout-account.rules.ts';

const now = new Date('2026-02-02T09:00:00Z');
const day = 86_400;
const created = newPayoutAccount(
  {
    id: '0198c0de-0000-7000-8000-000000000001',
    userId: '0198c0de-0000-7000-8000-000000000002',
    approvalId: '0198c0de-0000-7000-8000-000000000003',
    bankCode: '058',
    accountNumberSealed: Buffer.from('sealed'),
    accountNumberIndex: Buffer.alloc(32),
    accountLastFour: '6789',
  },
  now,
  defaultPolicy.payout,
);
const known = {
  outcome: 'known',
  recipientCode: 'RCP_demo',
  bankName: 'Demo Bank',
  accountNameSealed: Buffer.from('name'),
} as const;
const active = decideAnswer(created, known, now) ?? created;
const removed = { ...active, state: 'removed', endedAt: now } as const;

test('a bank account is named by bank and number, and both tell it from others', () => {
  expect(payeeOf({ bankCode: '058', accountNumber: '0123456789' })).toBe('nuban:058:0123456789');
});

test('a new account cools for a day and is asked about', () => {
  expect(created).toMatchObject({ state: 'created', usableAt: after(now, day), nextCheckAt: after(now, 60) });
});

describe('the answer of bank and provider', () => {
  test('makes an account active, which is not asked about again', () => {
    expect(active).toMatchObject({
      state: 'active',
      recipientCode: 'RCP_demo',
      nextCheckAt: null,
      endedAt: null,
    });
  });

  test.each([
    [{ outcome: 'absent' } as const, 'PAYOUT_ACCOUNT_NOT_FOUND_AT_BANK'],
    [{ outcome: 'refused', code: 'invalid_bank_code' } as const, 'PROVIDER_REFUSED'],
  ])('%o refuses it with %s', (answer, code) => {
    const refused = decideAnswer(created, answer, now) ?? created;
    expect(refused).toMatchObject({ state: 'refused', endedAt: now, nextCheckAt: null });
    expect(refusalOfAccount(refused)?.code).toBe(code);
  });

  test.each<PayoutAccount['state']>(['active', 'refused', 'removed'])(
    'changes nothing once it is %s',
    (state) => {
      expect(decideAnswer({ ...created, state }, known, now)).toBeNull();
      expect(decideAnswer({ ...created, state }, { outcome: 'absent' }, now)).toBeNull();
    },
  );

  test('that is good is no refusal', () => {
    expect(refusalOfAccount(active)).toBeNull();
  });
});

describe('an account takes a withdrawal', () => {
  const cool = active.usableAt;
  test.each<[string, PayoutAccount, string, Date, string]>([
    ['after a day', active, active.userId, cool, 'RCP_demo'],
    ['before', active, active.userId, after(cool, -1), 'PAYOUT_ACCOUNT_COOLING'],
    ['unconfirmed', created, created.userId, cool, 'PAYOUT_ACCOUNT_UNCONFIRMED'],
    ['removed', removed, active.userId, cool, 'OBJECT_NOT_FOUND'],
    ['refused', { ...created, state: 'refused' }, created.userId, cool, 'OBJECT_NOT_FOUND'],
    ['of somebody else', active, 'another', cool, 'OBJECT_NOT_FOUND'],
  ])('%s: %5$s', (_name, account, userId, at, expected) => {
    const use = decideUse(account, userId, at);
    expect(isRefusal(use) ? use.code : use).toBe(expected);
  });

  test('and is told from when on', () => {
    expect(decideUse(active, active.userId, now)).toMatchObject({ details: { usableAt: after(now, day) } });
  });
});

test('an account is removed once', () => {
  const gone = decideRemoval(active, now);
  expect(gone).toMatchObject({ state: 'removed', endedAt: now });
  expect(isRefusal(gone) ? gone : decideRemoval(gone, now)).toMatchObject({ code: 'TRANSITION_REFUSED' });
});
