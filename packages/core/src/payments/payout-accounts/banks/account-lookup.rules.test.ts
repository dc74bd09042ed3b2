import type { PaystackResult, ResolvedAccount } from '@errand-dash/paystack';
import { expect, test } from 'vitest';
import { type AccountLookup, lookupOf } from './account-lookup.rules.ts';

const refused = (message: string, given: object = {}): PaystackResult<ResolvedAccount> => ({
  outcome: 'refused',
  reason: 'other',
  httpStatus: 400,
  code: null,
  type: null,
  message,
  ...given,
});
const silent: AccountLookup = { outcome: 'unanswered', retryAfterSeconds: null };

test.each<[string, PaystackResult<ResolvedAccount>, AccountLookup]>([
  [
    'a name',
    { outcome: 'ok', value: { accountNumber: '0123456789', accountName: 'ADA DEMO' } },
    { outcome: 'found', accountName: 'ADA DEMO' },
  ],
  [
    'no such account',
    refused('Could not resolve account name. Check parameters or try again.', { httpStatus: 422 }),
    { outcome: 'absent' },
  ],
  ['the limit of test mode', refused('Test mode daily limit of 3 live bank resolves exceeded'), silent],
  [
    'another bank code',
    refused('Bank code is invalid', { code: 'invalid_bank_code' }),
    { outcome: 'refused', code: 'invalid_bank_code' },
  ],
  ['a refusal without a code', refused('Something else'), { outcome: 'refused', code: 'other' }],
  [
    'too many questions',
    { outcome: 'limited', retryAfterSeconds: 7 },
    { outcome: 'unanswered', retryAfterSeconds: 7 },
  ],
  ['nothing there', { outcome: 'notFound', message: 'no' }, silent],
  ['a wrong key', { outcome: 'unauthorized', httpStatus: 401, message: 'no' }, silent],
  ['silence', { outcome: 'unknown', reason: 'timed_out', httpStatus: null, detail: null }, silent],
])('%s', (_name, answer, expected) => {
  expect(lookupOf(answer)).toEqual(expected);
});
