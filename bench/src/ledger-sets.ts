import { randomUUID, randomUUIDv7 } from 'node:crypto';
import { type AccountName, createDb, post, type SetAnswer, type TransferSet } from '@errand-dash/db';
import type { Pool } from './bench-database.ts';

export type Leg = readonly [debit: AccountName, credit: AccountName, amountMinor: bigint];

/** A set as a command would post it. */
export function setOf(legs: readonly Leg[]): TransferSet {
  return {
    kind: 'adjustment.post',
    cause: { type: 'bench', id: randomUUID() },
    authority: { kind: 'session', reference: randomUUID(), detail: `bench.post ${randomUUID()}` },
    postedAt: new Date(),
    transfers: legs.map(([debit, credit, amountMinor]) => ({
      id: randomUUIDv7(),
      debit,
      credit,
      amountMinor,
    })),
  };
}

/** Posts outside a transaction, which makes each call its own, and returns the answers. */
export function poster(pool: Pool): (sets: TransferSet[]) => Promise<SetAnswer[]> {
  const db = createDb(pool);
  return (sets) => post(db, sets);
}

/** A figure of refused posts would be a figure of nothing. */
export async function postAll(send: ReturnType<typeof poster>, sets: TransferSet[]): Promise<void> {
  const answers = await send(sets);
  const refused = answers.find(({ outcome }) => outcome !== 'posted');
  if (refused !== undefined)
    throw new Error(`A post of the bench was not posted: ${JSON.stringify(refused)}`);
}

export const sourceAccount: AccountName = { purpose: 'float', ownerId: 'paystack', currency: 'NGN' };

/** Accounts of fresh owners with money in them. */
export async function openAccounts(pool: Pool, count: number, amountMinor: bigint): Promise<AccountName[]> {
  const accounts = Array.from(
    { length: count },
    (): AccountName => ({ purpose: 'available', ownerId: randomUUID(), currency: 'NGN' }),
  );
  const send = poster(pool);
  for (let first = 0; first < count; first += 500) {
    const sets = accounts
      .slice(first, first + 500)
      .map((account) => setOf([[sourceAccount, account, amountMinor]]));
    await postAll(send, sets);
  }
  return accounts;
}

/** Two different ones of the accounts, by chance. */
export function pickTwo<T>(accounts: readonly T[]): [T, T] {
  const first = Math.floor(Math.random() * accounts.length);
  const second = (first + 1 + Math.floor(Math.random() * (accounts.length - 1))) % accounts.length;
  return [accounts[first] as T, accounts[second] as T];
}
