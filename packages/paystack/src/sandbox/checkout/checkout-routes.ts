import { type Answer, invalid, notFound } from '../answer.ts';
import type { TransactionRecord } from '../books/records.ts';
import { type Route, type RouteRequest, textOf } from '../route.ts';
import type { SandboxContext } from '../sandbox-context.ts';
import { actOnCheckout, type CheckoutAction, isPayable } from '../transactions/charge.ts';
import { checkoutPage, returnAddress } from './checkout-page.ts';

const ACTIONS: readonly CheckoutAction[] = ['pay', 'decline', 'abandon'];

/** The checkout page and its form. Whoever has the access code may pay; no key is asked for. */
export function checkoutRoutes(context: SandboxContext): Route[] {
  return [
    {
      method: 'get',
      path: '/checkout/:access',
      handle: ({ params }) => show(context, params.access ?? ''),
    },
    {
      method: 'post',
      path: '/checkout/:access',
      endpoint: 'POST /checkout',
      referenceOf: ({ params }) => context.books.get('access', params.access ?? '') ?? null,
      handle: (request) => act(context, request),
    },
  ];
}

function show(context: SandboxContext, access: string): Answer {
  const record = findByAccess(context, access);
  if (record === undefined) {
    return notFound('No such checkout');
  }
  if (record.status === 'pending') {
    context.books.commit((draft) =>
      draft.put('transaction', record.reference, { ...record, status: 'ongoing' }),
    );
  }
  return { status: 200, headers: pageHeaders(record), body: checkoutPage(record) };
}

function act(context: SandboxContext, { params, body }: RouteRequest): Answer {
  const access = params.access ?? '';
  const before = findByAccess(context, access);
  const action = ACTIONS.find((known) => known === textOf(body, 'action'));
  if (before === undefined) {
    return notFound('No such checkout');
  }
  if (action === undefined) {
    return invalid('action must be pay, decline or abandon');
  }
  context.books.commit((draft) => actOnCheckout(context, draft, before.reference, action));
  const after = findByAccess(context, access) ?? before;
  // Back to the page for whoever stays, so that a reload sends nothing again.
  const location = (isPayable(after) ? null : returnAddress(after)) ?? `/checkout/${access}`;
  return { status: 303, headers: { ...pageHeaders(after), location }, body: '' };
}

function findByAccess(context: SandboxContext, access: string): TransactionRecord | undefined {
  const reference = context.books.get('access', access);
  return reference === undefined ? undefined : context.books.get('transaction', reference);
}

/** Browsers hold `form-action` also against the redirect that answers a form. */
function pageHeaders(record: TransactionRecord): Record<string, string> {
  const merchant = record.callbackUrl === null ? '' : ` ${new URL(record.callbackUrl).origin}`;
  return {
    'cache-control': 'no-store',
    'content-security-policy': `default-src 'none'; style-src 'unsafe-inline'; form-action 'self'${merchant}; base-uri 'none'; frame-ancestors 'none'`,
    'referrer-policy': 'no-referrer',
    'x-content-type-options': 'nosniff',
  };
}
