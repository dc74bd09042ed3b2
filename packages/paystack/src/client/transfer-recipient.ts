import * as z from 'zod';
import { type ResolveAccount, requireAccount } from './bank.ts';
import { currencyField, idField, optionalTextField, textField } from './field.ts';
import { type PaystackConnection, sendRequest } from './request.ts';
import type { PaystackResult } from './result.ts';

export interface CreateTransferRecipient {
  readonly name: string;
  readonly accountNumber: string;
  readonly bankCode: string;
  readonly currency: string;
  readonly metadata?: Readonly<Record<string, unknown>>;
}

export interface TransferRecipient {
  readonly id: string;
  readonly recipientCode: string;
  readonly name: string;
  readonly currency: string;
  readonly accountNumber: string;
  readonly bankCode: string;
  /** Often null: the name to trust is resolveAccount's. */
  readonly accountName: string | null;
  readonly bankName: string | null;
}

/** Registers a Nigerian bank account to pay out to. The same account gives the record that exists. */
export async function createTransferRecipient(
  connection: PaystackConnection,
  input: CreateTransferRecipient,
): Promise<PaystackResult<TransferRecipient>> {
  requireAccount(input);
  const body = {
    type: 'nuban',
    name: input.name,
    account_number: input.accountNumber,
    bank_code: input.bankCode,
    currency: input.currency,
    metadata: input.metadata,
  };
  const schema = recipientSchema(input);
  return sendRequest(connection, { method: 'POST', path: '/transferrecipient', body }, schema);
}

/** A recipient with another account or bank than was asked for would be paid in its stead. */
function recipientSchema(asked: ResolveAccount) {
  return z
    .looseObject({
      data: z.looseObject({
        id: idField,
        recipient_code: z.string().min(1).max(100),
        name: textField,
        currency: currencyField,
        details: z.looseObject({
          account_number: z.literal(asked.accountNumber),
          bank_code: z.literal(asked.bankCode),
          account_name: optionalTextField,
          bank_name: optionalTextField,
        }),
      }),
    })
    .transform(
      ({ data }): TransferRecipient => ({
        id: data.id,
        recipientCode: data.recipient_code,
        name: data.name,
        currency: data.currency,
        accountNumber: data.details.account_number,
        bankCode: data.details.bank_code,
        accountName: data.details.account_name,
        bankName: data.details.bank_name,
      }),
    );
}
