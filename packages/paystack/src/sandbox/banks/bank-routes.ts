import { createHash } from 'node:crypto';
import { type Answer, invalid, refusal, success } from '../answer.ts';
import { listing, type Query } from '../listing.ts';
import type { Route } from '../route.ts';
import type { SandboxContext } from '../sandbox-context.ts';
import { BANKS, findBank } from './banks.ts';

const SINCE = '2016-07-14T10:04:29.000Z';
const FIRST_NAMES = ['ADA', 'BAYO', 'CHIDI', 'DUPE', 'EMEKA', 'FUNKE', 'GARBA', 'HAUWA'];
const LAST_NAMES = ['DEMO', 'EXAMPLE', 'SAMPLE', 'SPECIMEN'];

/** The list of banks and the name behind an account. */
export function bankRoutes(context: SandboxContext): Route[] {
  return [
    { method: 'get', path: '/bank', endpoint: 'GET /bank', handle: ({ query }) => list(query) },
    {
      method: 'get',
      path: '/bank/resolve',
      endpoint: 'GET /bank/resolve',
      handle: ({ query }) => resolve(context, query),
    },
  ];
}

function list(query: Query): Answer {
  const isNigeria = (query.currency ?? 'NGN') === 'NGN' && (query.country ?? 'nigeria') === 'nigeria';
  const isNuban = (query.type ?? 'nuban') === 'nuban';
  return listing({
    message: 'Banks retrieved',
    rows: (isNigeria && isNuban ? BANKS : []).map((bank) => ({ ...bank, createdAt: SINCE })),
    query,
    perPageName: 'perPage',
    cursor: { name: 'bank', end: null },
    present: (bank) => ({
      ...bank,
      longcode: '',
      gateway: null,
      pay_with_bank: false,
      supports_transfer: true,
      available_for_direct_debit: false,
      active: true,
      country: 'Nigeria',
      currency: 'NGN',
      type: 'nuban',
      is_deleted: false,
      updatedAt: SINCE,
    }),
  });
}

/**
 * Every ten-digit account exists, under a demo name that follows from its number or was set through the
 * control port, but for those that begin with 0000.
 */
function resolve(context: SandboxContext, query: Query): Answer {
  const { account_number: accountNumber, bank_code: bankCode } = query;
  if (accountNumber === undefined || bankCode === undefined) {
    return invalid('account_number and bank_code are required');
  }
  const bank = findBank(bankCode);
  const isKnown = /^\d{10}$/.test(accountNumber) && !accountNumber.startsWith('0000');
  if (bank === undefined || !isKnown) {
    return refusal(
      422,
      'Could not resolve account name. Check parameters or try again.',
      bank === undefined ? 'invalid_bank_code' : 'invalid_account',
      'Ensure that you are passing the correct account number and bank code',
    );
  }
  const accountName = context.books.get('accountName', `${bankCode}:${accountNumber}`);
  return success('Account number resolved', {
    account_number: accountNumber,
    account_name: accountName ?? demoName(accountNumber),
    bank_id: bank.id,
  });
}

function demoName(accountNumber: string): string {
  const digest = createHash('sha256').update(accountNumber).digest();
  const pick = (names: readonly string[], index: number) => names[digest.readUInt8(index) % names.length];
  return `${pick(FIRST_NAMES, 0)} ${pick(LAST_NAMES, 1)}`;
}
