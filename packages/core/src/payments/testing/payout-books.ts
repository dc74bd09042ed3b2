import { type AccountPurpose, type Db, readBalances } from '@errand-dash/db';
import type { PaymentSettings } from '../payment-settings.ts';
import { PROVIDER } from '../provider.ts';

/** What lies in an account of the provider's or of the platform's; + is a credit. */
export async function bookOf(db: Db, purpose: AccountPurpose): Promise<bigint> {
  const ownerId = purpose === 'provider_fees' ? null : PROVIDER;
  return (await readBalances(db, [{ purpose, ownerId, currency: 'NGN' }]))[0] ?? 0n;
}

/** What is on its way out for one withdrawal. */
export async function payoutOf(db: Db, withdrawalId: string): Promise<bigint> {
  return (await readBalances(db, [{ purpose: 'payout', ownerId: withdrawalId, currency: 'NGN' }]))[0] ?? 0n;
}

/** What the provider's own ledger says that transfers took from our balance there. */
export async function takenByTransfers({ paystack }: PaymentSettings): Promise<bigint> {
  let taken = 0n;
  for (let page: number | null = 1; page !== null; ) {
    const answer: Awaited<ReturnType<typeof paystack.listBalanceLedger>> = await paystack.listBalanceLedger({
      perPage: 100,
      page,
    });
    if (answer.outcome !== 'ok') throw new Error(`the provider's ledger: ${answer.outcome}`);
    for (const row of answer.value.items) {
      if (row.modelResponsible === 'Transfer') taken -= row.differenceMinor;
    }
    page = answer.value.next?.kind === 'page' ? answer.value.next.page : null;
  }
  return taken;
}

/** How many transfers the provider has made under these references. */
export async function countTransfers(
  { paystack }: PaymentSettings,
  references: readonly string[],
): Promise<number> {
  let count = 0;
  let position: Parameters<typeof paystack.listTransfers>[0]['position'] = { kind: 'cursor', cursor: null };
  while (position !== undefined) {
    const answer: Awaited<ReturnType<typeof paystack.listTransfers>> = await paystack.listTransfers({
      perPage: 100,
      position,
    });
    if (answer.outcome !== 'ok') throw new Error(`the provider's transfers: ${answer.outcome}`);
    count += answer.value.items.filter(({ reference }) => references.includes(reference)).length;
    position = answer.value.next ?? undefined;
  }
  return count;
}
