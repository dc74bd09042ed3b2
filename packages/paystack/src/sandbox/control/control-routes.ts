import * as z from 'zod';
import { type Answer, invalid, notFound, success } from '../answer.ts';
import { postToBalance } from '../balance/post-to-balance.ts';
import type { Draft } from '../books/books.ts';
import { addFaults, faultSchema, presentFaults } from '../faults/fault-plan.ts';
import type { Route } from '../route.ts';
import { codeFor, type SandboxContext } from '../sandbox-context.ts';
import { settleCharge } from '../transactions/charge.ts';
import { canBecome } from '../transfers/transfer-outcomes.ts';
import { moveTransfer } from '../transfers/transfer-steps.ts';

export interface ControlCourier {
  deliver(id: number): Promise<void>;
}

/** The control port under /sandbox: nothing that Paystack has, guarded by the same key. */
export function controlRoutes(context: SandboxContext, courier: ControlCourier): Route[] {
  const { books } = context;
  return [
    { method: 'get', path: '/sandbox/faults', handle: () => success('Faults', presentFaults(books)) },
    {
      method: 'post',
      path: '/sandbox/faults',
      handle: checked(planSchema, (plan) => planFaults(context, plan)),
    },
    { method: 'delete', path: '/sandbox/faults', handle: () => clearFaults(context) },
    {
      method: 'get',
      path: '/sandbox/deliveries',
      handle: ({ query }) => deliveries(context, query.reference),
    },
    {
      method: 'post',
      path: '/sandbox/webhooks/release',
      handle: checked(releaseSchema, (input) => release(context, courier, input)),
    },
    {
      method: 'post',
      path: '/sandbox/balance',
      handle: checked(fundSchema, (input) => fund(context, input)),
    },
    {
      method: 'post',
      path: '/sandbox/settle',
      handle: checked(settleSchema, (input) => settle(context, input)),
    },
    {
      method: 'post',
      path: '/sandbox/transfers',
      handle: checked(moveSchema, (input) => move(context, input)),
    },
    {
      method: 'post',
      path: '/sandbox/accounts',
      handle: checked(accountSchema, (input) => nameAccount(context, input)),
    },
    { method: 'get', path: '/sandbox/clock', handle: () => success('Clock', clock(context)) },
    {
      method: 'post',
      path: '/sandbox/clock',
      handle: checked(clockSchema, (input) => moveClock(context, input)),
    },
  ];
}

const planSchema = z.strictObject({ faults: z.array(faultSchema).min(1).max(1_000) });
const releaseSchema = z.strictObject({
  reference: z.string().optional(),
  event: z.string().optional(),
  order: z.enum(['as_queued', 'reversed']).default('as_queued'),
});
const fundSchema = z.strictObject({
  amountMinor: z.int().positive().max(1_000_000_000_000),
  currency: z.enum(['GHS', 'KES', 'NGN', 'ZAR', 'USD']).default('NGN'),
});
const settleSchema = z.strictObject({ reference: z.string().optional() });
const moveSchema = z.strictObject({
  reference: z.string(),
  status: z.enum([
    'pending',
    'otp',
    'received',
    'success',
    'failed',
    'reversed',
    'abandoned',
    'blocked',
    'rejected',
  ]),
});
const accountSchema = z.strictObject({
  accountNumber: z.string().regex(/^\d{10}$/),
  bankCode: z.string().max(20),
  accountName: z.string().min(1).max(300),
});
const clockSchema = z.strictObject({ offsetSeconds: z.int().min(-3_155_760_000).max(3_155_760_000) });

function checked<Input>(
  schema: z.ZodType<Input>,
  handle: (input: Input) => Answer | Promise<Answer>,
): Route['handle'] {
  return ({ body }) => {
    const parsed = schema.safeParse(body ?? {});
    return parsed.success ? handle(parsed.data) : invalid(z.prettifyError(parsed.error));
  };
}

function planFaults(context: SandboxContext, plan: z.infer<typeof planSchema>): Answer {
  try {
    const ids = context.books.commit((draft) => addFaults(draft, plan.faults));
    return success('Faults planned', { ids }, { status: 201 });
  } catch (error) {
    if (error instanceof RangeError) {
      return invalid(error.message);
    }
    throw error;
  }
}

function clearFaults(context: SandboxContext): Answer {
  const keys = context.books.keys('fault');
  context.books.commit((draft) => {
    for (const key of keys) {
      draft.remove('fault', key);
    }
  });
  return success('Faults cleared', { count: keys.length });
}

function deliveries(context: SandboxContext, reference: string | undefined): Answer {
  const rows = context.books
    .all('delivery')
    .filter((delivery) => reference === undefined || delivery.reference === reference);
  return success('Deliveries', rows);
}

/** Lets held webhooks go one after the other, so that they arrive in the order asked for. */
async function release(
  { books }: SandboxContext,
  courier: ControlCourier,
  input: z.infer<typeof releaseSchema>,
): Promise<Answer> {
  const held = books
    .all('delivery')
    .filter(({ state }) => state === 'held')
    .filter(({ reference }) => input.reference === undefined || reference === input.reference)
    .filter(({ event }) => input.event === undefined || event === input.event);
  const ordered = input.order === 'reversed' ? held.toReversed() : held;
  for (const delivery of ordered) {
    books.commit((draft) => {
      draft.put('delivery', delivery.id, { ...delivery, state: 'waiting' });
      draft.put('dueDelivery', delivery.id, true);
    });
    await courier.deliver(delivery.id);
  }
  return success('Webhooks released', { ids: ordered.map(({ id }) => id) });
}

/** Tops the balance up, as a merchant does by bank transfer: a payment of its own, free of fees. */
function fund(context: SandboxContext, { amountMinor, currency }: z.infer<typeof fundSchema>): Answer {
  return context.books.commit((draft) => {
    const id = draft.nextId();
    const reference = `sandbox-top-up-${id}`;
    const now = context.now();
    draft.put('transaction', reference, {
      id,
      reference,
      accessCode: codeFor(context, '', -id),
      customerEmail: rememberMerchant(context, draft),
      currency,
      amountMinor,
      requestedAmountMinor: amountMinor,
      feesMinor: 0,
      status: 'success',
      channel: 'bank_transfer',
      gatewayResponse: 'Approved',
      callbackUrl: null,
      metadata: null,
      createdAt: now.toISOString(),
      paidAt: now.toISOString(),
      settledAt: now.toISOString(),
    });
    postToBalance(draft, {
      currency,
      differenceMinor: amountMinor,
      reason: 'Balance top up',
      modelResponsible: 'Transaction',
      modelRow: id,
      now,
    });
    return success('Balance funded', { id, reference, balance: draft.get('balance', currency) });
  });
}

function rememberMerchant(context: SandboxContext, draft: Draft): string {
  const email = 'merchant@sandbox.example';
  if (draft.get('customer', email) === undefined) {
    const id = draft.nextId();
    draft.put('customer', email, { id, email, customerCode: codeFor(context, 'CUS_', id) });
  }
  return email;
}

function settle(context: SandboxContext, input: z.infer<typeof settleSchema>): Answer {
  const open = context.books
    .all('transaction')
    .filter((record) => record.status === 'success' && record.settledAt === null)
    .filter((record) => input.reference === undefined || record.reference === input.reference);
  context.books.commit((draft) => {
    for (const record of open) {
      settleCharge(context, draft, record);
    }
  });
  return success('Payments settled', { references: open.map(({ reference }) => reference) });
}

/** Moves one transfer by hand, as a bank or an operator would; what was planned for it is dropped. */
function move(context: SandboxContext, { reference, status }: z.infer<typeof moveSchema>): Answer {
  const record = context.books.get('transfer', reference);
  if (record === undefined) {
    return notFound('Transfer not found');
  }
  if (!canBecome(record.status, status)) {
    return invalid(`A transfer that is ${record.status} cannot become ${status}`);
  }
  context.books.commit((draft) => {
    moveTransfer(context, draft, { ...record, steps: [] }, status);
    draft.remove('dueTransfer', reference);
  });
  return success('Transfer moved', { reference, status });
}

function nameAccount(context: SandboxContext, input: z.infer<typeof accountSchema>): Answer {
  const key = `${input.bankCode}:${input.accountNumber}`;
  context.books.commit((draft) => draft.put('accountName', key, input.accountName));
  return success('Account named', input);
}

function clock(context: SandboxContext) {
  const offsetSeconds = context.books.get('clock', 'offset') ?? 0;
  return { now: context.now().toISOString(), offsetSeconds };
}

function moveClock(context: SandboxContext, { offsetSeconds }: z.infer<typeof clockSchema>): Answer {
  if (!context.isClockAdjustable) {
    return { status: 403, body: { status: false, message: 'The clock of this sandbox is not adjustable' } };
  }
  context.books.commit((draft) => draft.put('clock', 'offset', offsetSeconds));
  return success('Clock set', clock(context));
}
