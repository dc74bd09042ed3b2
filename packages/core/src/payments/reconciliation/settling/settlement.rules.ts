import type { Movement } from '../../../ledger.ts';
import { PROVIDER } from '../../provider.ts';

/** A row of the provider's ledger by which takings came into its balance, and the top-up that they are of. */
export interface Takings {
  rowId: string;
  currency: string;
  differenceMinor: bigint;
  topUpId: string;
}

/** The provider's row whose effect a movement of the float is. */
export const bookRowReference = (rowId: string): string => `balance-ledger/${rowId}`;

/** Takings leave what the provider still holds and are in its balance, by exactly what its row says. */
export function takingsMovement({ rowId, currency, differenceMinor, topUpId }: Takings): Movement {
  return {
    kind: 'top_up.settle',
    cause: { type: 'top_up', id: topUpId },
    providerReference: bookRowReference(rowId),
    transfers: [
      {
        debit: { purpose: 'float', ownerId: PROVIDER, currency },
        credit: { purpose: 'unsettled', ownerId: PROVIDER, currency },
        amountMinor: differenceMinor,
      },
    ],
  };
}
