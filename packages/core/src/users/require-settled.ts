import type { Db } from '@errand-dash/db';
import type { Viewer } from '../claim.ts';
import { orThrow, type Refusal } from '../refusal.ts';
import { decideAccountChange } from './cooling.rules.ts';
import { findMoneyOutFrom } from './user.store.ts';

/** Throws `ACCOUNT_COOLING` while the ways into a person's account may not be changed. */
export async function requireSettled(db: Db, userId: string, now: Date): Promise<void> {
  orThrow(decideAccountChange(await findMoneyOutFrom(db, userId), now));
}

/**
 * Why the person who calls may not change the ways into his account now, nor where its money would go,
 * `ACCOUNT_COOLING`, or null. Asked anew, not of the viewer: under the lock that recovery takes, too, nothing slips by.
 */
export async function findAccountChangeRefusal(db: Db, viewer: Viewer, now: Date): Promise<Refusal | null> {
  return viewer.kind === 'user' ? decideAccountChange(await findMoneyOutFrom(db, viewer.userId), now) : null;
}
