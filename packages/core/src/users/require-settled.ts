import type { Db } from '@errand-dash/db';
import type { Viewer } from '../claim.ts';
import { orThrow, type Refusal } from '../refusal.ts';
import { decideAccountChange, decideMoneyOut } from './cooling.rules.ts';
import { findMoneyOutFrom } from './user.store.ts';

/** Throws `ACCOUNT_COOLING` while the ways into a person's account may not be changed. */
export async function requireSettled(db: Db, userId: string, now: Date): Promise<void> {
  orThrow(decideAccountChange(await findMoneyOutFrom(db, userId), now));
}

/**
 * Why the person who calls may not let money leave his hands now, `MONEY_OUT_COOLING`, or null. The clock always may:
 * what it does was agreed to before, or waits as long as the cooling.
 */
export async function findMoneyOutRefusal(db: Db, viewer: Viewer, now: Date): Promise<Refusal | null> {
  return viewer.kind === 'user' ? decideMoneyOut(await findMoneyOutFrom(db, viewer.userId), now) : null;
}

/** As {@link findMoneyOutRefusal}, for what changes where the money would go: `ACCOUNT_COOLING`. */
export async function findAccountChangeRefusal(db: Db, viewer: Viewer, now: Date): Promise<Refusal | null> {
  return viewer.kind === 'user' ? decideAccountChange(await findMoneyOutFrom(db, viewer.userId), now) : null;
}
