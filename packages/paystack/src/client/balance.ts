import * as z from 'zod';
import { currencyField, idField, instantField, optionalTextField, signedAmountField } from './field.ts';
import { type ListPage, listPageSchema, perPageText, positionQuery } from './paging.ts';
import { type PaystackConnection, sendRequest } from './request.ts';
import type { PaystackResult } from './result.ts';

export interface PaystackBalance {
  readonly currency: string;
  readonly balanceMinor: bigint;
}

const balanceSchema = z
  .looseObject({ currency: currencyField, balance: signedAmountField })
  .transform((data): PaystackBalance => ({ currency: data.currency, balanceMinor: data.balance }));

/** What may be paid out now, a row for each currency. */
export async function fetchBalance(
  connection: PaystackConnection,
): Promise<PaystackResult<readonly PaystackBalance[]>> {
  const schema = z.looseObject({ data: z.array(balanceSchema) });
  const result = await sendRequest(connection, { method: 'GET', path: '/balance' }, schema);
  return result.outcome === 'ok' ? { outcome: 'ok', value: result.value.data } : result;
}

/** One movement of the balance, and the balance after it. */
export interface BalanceLedgerRow {
  readonly id: string;
  readonly currency: string;
  readonly differenceMinor: bigint;
  readonly balanceMinor: bigint;
  readonly reason: string | null;
  /** `Transaction`, `Transfer` or `Refund`. */
  readonly modelResponsible: string;
  /** The id of that object. */
  readonly modelRow: string;
  readonly createdAt: Date;
}

const ledgerRowSchema = z
  .looseObject({
    id: idField,
    currency: currencyField,
    difference: signedAmountField,
    balance: signedAmountField,
    reason: optionalTextField,
    model_responsible: z.string().min(1).max(100),
    model_row: idField,
    createdAt: instantField,
  })
  .transform(
    (data): BalanceLedgerRow => ({
      id: data.id,
      currency: data.currency,
      differenceMinor: data.difference,
      balanceMinor: data.balance,
      reason: data.reason,
      modelResponsible: data.model_responsible,
      modelRow: data.model_row,
      createdAt: data.createdAt,
    }),
  );

export interface ListBalanceLedger {
  readonly from?: Date;
  readonly to?: Date;
  readonly perPage?: number;
  /** From 1; this list has no cursor. */
  readonly page?: number;
}

/** One page of the balance's movements, newest first; go on with `next.page` until `next` is null. */
export async function listBalanceLedger(
  connection: PaystackConnection,
  input: ListBalanceLedger,
): Promise<PaystackResult<ListPage<BalanceLedgerRow>>> {
  const position = { kind: 'page', page: input.page ?? 1 } as const;
  const query = {
    ...positionQuery(position),
    perPage: perPageText(input.perPage),
    from: input.from?.toISOString(),
    to: input.to?.toISOString(),
  };
  const request = { method: 'GET', path: '/balance/ledger', query } as const;
  return sendRequest(connection, request, listPageSchema(ledgerRowSchema, position));
}
