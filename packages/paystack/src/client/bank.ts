import * as z from 'zod';
import { currencyField, idField, textField } from './field.ts';
import {
  FROM_THE_START,
  type ListPage,
  type ListPosition,
  listPageSchema,
  perPageText,
  positionQuery,
} from './paging.ts';
import { type PaystackConnection, sendRequest } from './request.ts';
import type { PaystackResult } from './result.ts';

/** Account numbers and bank codes begin with zeros and are text everywhere, never numbers. */
export interface PaystackBank {
  readonly id: string;
  readonly name: string;
  readonly slug: string;
  readonly code: string;
  readonly type: string;
  readonly currency: string;
  readonly isActive: boolean;
  readonly supportsTransfer: boolean;
}

const bankSchema = z
  .looseObject({
    id: idField,
    name: textField,
    slug: textField,
    code: z.string().regex(/^[A-Za-z0-9]{1,20}$/),
    type: textField,
    currency: currencyField,
    active: z.boolean(),
    is_deleted: z.boolean().nullish(),
    supports_transfer: z.boolean().nullish(),
  })
  .transform(
    (data): PaystackBank => ({
      id: data.id,
      name: data.name,
      slug: data.slug,
      code: data.code,
      type: data.type,
      currency: data.currency,
      isActive: data.active && data.is_deleted !== true,
      supportsTransfer: data.supports_transfer ?? true,
    }),
  );

export interface ListBanks {
  readonly currency: string;
  readonly country?: 'ghana' | 'kenya' | 'nigeria' | 'south africa';
  readonly type?: string;
  readonly perPage?: number;
  /** Left out: from the start, by cursor. */
  readonly position?: ListPosition;
}

/** One page of banks; pass `next` back as `position` until it is null. Keep the answer for a day. */
export async function listBanks(
  connection: PaystackConnection,
  input: ListBanks,
): Promise<PaystackResult<ListPage<PaystackBank>>> {
  const position = input.position ?? FROM_THE_START;
  const query = {
    ...positionQuery(position),
    currency: input.currency,
    country: input.country,
    type: input.type,
    perPage: perPageText(input.perPage),
  };
  const request = { method: 'GET', path: '/bank', query } as const;
  return sendRequest(connection, request, listPageSchema(bankSchema, position));
}

export interface ResolveAccount {
  readonly accountNumber: string;
  readonly bankCode: string;
}

export interface ResolvedAccount {
  readonly accountNumber: string;
  readonly accountName: string;
}

/** The name that the bank has for an account. Refused when there is no such account at that bank. */
export async function resolveAccount(
  connection: PaystackConnection,
  input: ResolveAccount,
): Promise<PaystackResult<ResolvedAccount>> {
  requireAccount(input);
  const schema = z
    .looseObject({
      data: z.looseObject({
        account_number: z.literal(input.accountNumber),
        account_name: z.string().min(1).max(300),
      }),
    })
    .transform(({ data }) => ({ accountNumber: data.account_number, accountName: data.account_name }));
  const query = { account_number: input.accountNumber, bank_code: input.bankCode };
  return sendRequest(connection, { method: 'GET', path: '/bank/resolve', query }, schema);
}

/** Account numbers and bank codes are text: most begin with a zero. Throws a TypeError otherwise. */
export function requireAccount(account: ResolveAccount): void {
  if (!/^\d{6,20}$/.test(account.accountNumber)) {
    throw new TypeError('An account number must be text of 6 to 20 digits');
  }
  if (!/^[A-Za-z0-9]{1,20}$/.test(account.bankCode)) {
    throw new TypeError('A bank code must be text of 1 to 20 letters and digits');
  }
}
