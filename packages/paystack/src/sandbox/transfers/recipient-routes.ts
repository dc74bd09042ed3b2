import * as z from 'zod';
import { type Answer, invalid, refusal, success } from '../answer.ts';
import { INTEGRATION_ID } from '../balance/balance-routes.ts';
import { findBank } from '../banks/banks.ts';
import type { RecipientRecord } from '../books/records.ts';
import type { Route } from '../route.ts';
import { codeFor, type SandboxContext } from '../sandbox-context.ts';

export function recipientRoutes(context: SandboxContext): Route[] {
  return [
    {
      method: 'post',
      path: '/transferrecipient',
      endpoint: 'POST /transferrecipient',
      handle: ({ body }) => create(context, body),
    },
  ];
}

/** Schema TransferRecipientCreate, for the one type that pays out in naira. */
const createSchema = z.object({
  type: z.literal('nuban', { error: 'type must be nuban' }),
  name: z.string({ error: 'name is required' }).min(1, { error: 'name is required' }).max(300),
  account_number: z
    .string({ error: 'account_number must be text' })
    .regex(/^\d{10}$/, { error: 'account_number must be ten digits' }),
  bank_code: z.string({ error: 'bank_code must be text' }),
  currency: z.literal('NGN', { error: 'currency must be NGN' }).default('NGN'),
  metadata: z.record(z.string(), z.unknown(), { error: 'metadata must be an object' }).optional(),
});

/** A new recipient is answered with 201; the same account again with 200 and the record that exists. */
function create(context: SandboxContext, body: unknown): Answer {
  const parsed = createSchema.safeParse(body);
  if (!parsed.success) {
    return invalid(parsed.error.issues[0]?.message ?? 'The request is not valid');
  }
  const input = parsed.data;
  const bank = findBank(input.bank_code);
  if (bank === undefined) {
    return refusal(400, 'Bank code is invalid', 'invalid_bank_code', 'Use the List Banks endpoint');
  }
  return context.books.commit((draft) => {
    const account = `${input.currency}:${input.bank_code}:${input.account_number}`;
    const existing = draft.get('recipient', draft.get('recipientOfAccount', account) ?? '');
    if (existing !== undefined) {
      return success('Transfer recipient created successfully', recipientBody(context, existing));
    }
    const id = draft.nextId();
    const record: RecipientRecord = {
      id,
      recipientCode: codeFor(context, 'RCP_', id),
      name: input.name,
      currency: input.currency,
      accountNumber: input.account_number,
      bankCode: input.bank_code,
      bankName: bank.name,
      metadata: input.metadata ?? null,
      createdAt: context.now().toISOString(),
    };
    draft.put('recipient', record.recipientCode, record);
    draft.put('recipientOfAccount', account, record.recipientCode);
    return success('Transfer recipient created successfully', recipientBody(context, record), {
      status: 201,
    });
  });
}

/** A recipient as schema TransferRecipientCreateResponse and the transfers' answers have it. */
export function recipientBody(context: SandboxContext, record: RecipientRecord) {
  return {
    active: true,
    createdAt: record.createdAt,
    currency: record.currency,
    description: '',
    domain: context.domain,
    email: null,
    id: record.id,
    integration: INTEGRATION_ID,
    metadata: record.metadata,
    name: record.name,
    recipient_code: record.recipientCode,
    type: 'nuban',
    updatedAt: record.createdAt,
    is_deleted: false,
    isDeleted: false,
    details: {
      authorization_code: null,
      account_number: record.accountNumber,
      account_name: null,
      bank_code: record.bankCode,
      bank_name: record.bankName,
    },
  };
}
