import { success } from '../answer.ts';
import type { LedgerRecord } from '../books/records.ts';
import { listing } from '../listing.ts';
import type { Route } from '../route.ts';
import type { SandboxContext } from '../sandbox-context.ts';

/** The number by which every object says whose it is; the sandbox has one merchant. */
export const INTEGRATION_ID = 100_001;

/** The balance and its ledger. */
export function balanceRoutes(context: SandboxContext): Route[] {
  return [
    {
      method: 'get',
      path: '/balance',
      endpoint: 'GET /balance',
      handle: () => success('Balances retrieved', balances(context)),
    },
    {
      method: 'get',
      path: '/balance/ledger',
      endpoint: 'GET /balance/ledger',
      handle: ({ query }) =>
        listing({
          message: 'Balance ledger retrieved',
          rows: context.books.all('ledger'),
          query,
          perPageName: 'perPage',
          present: (row) => ledgerRow(context, row),
        }),
    },
  ];
}

function balances(context: SandboxContext): object[] {
  const currencies = new Set(['NGN', ...context.books.keys('balance')]);
  return [...currencies].map((currency) => ({
    currency,
    balance: context.books.get('balance', currency) ?? 0,
  }));
}

function ledgerRow(context: SandboxContext, row: LedgerRecord): object {
  return {
    integration: INTEGRATION_ID,
    domain: context.domain,
    balance: row.balanceMinor,
    currency: row.currency,
    difference: row.differenceMinor,
    reason: row.reason,
    model_responsible: row.modelResponsible,
    model_row: row.modelRow,
    id: row.id,
    createdAt: row.createdAt,
    updatedAt: row.createdAt,
  };
}
