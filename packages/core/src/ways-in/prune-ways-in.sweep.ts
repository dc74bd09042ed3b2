import type { Tx } from '@errand-dash/db';
import { after } from '../clock.ts';
import { command } from '../command.ts';
import { clockCall, type Sweep } from '../sweep.ts';

/** Forgets tries, challenges, ceremonies and apps that nobody confirmed past their time: they would pile up. */
export const pruneWaysIn: Sweep = (core, limit) => deletePast(core, clockCall('ways_in.prune'), { limit });

const deletePast = command('ways_in.prune', async (tx, { limit }: { limit: number }, { now, policy }) => {
  const countedFrom = after(now, -policy.waysIn.secondFactorWindowSeconds);
  const counts = [
    await deleteTries(tx, now, limit),
    await deleteCeremonies(tx, now, limit),
    // Their wrong tries are counted for so long.
    await deleteChallenges(tx, countedFrom, limit),
    await deleteBegunTotps(tx, after(now, -policy.waysIn.totpConfirmSeconds), limit),
  ];
  const count = counts.reduce((sum, one) => sum + one, 0);
  return { result: count, isIdle: count === 0 };
});

async function deleteTries(tx: Tx, now: Date, limit: number): Promise<number> {
  const past = tx
    .selectFrom('password_tries')
    .select('bucket')
    .where('window_ends_at', '<=', now)
    .orderBy('window_ends_at')
    .limit(limit);
  const { numDeletedRows } = await tx
    .deleteFrom('password_tries')
    .where('bucket', 'in', past)
    .where('window_ends_at', '<=', now)
    .executeTakeFirst();
  return Number(numDeletedRows);
}

async function deleteCeremonies(tx: Tx, now: Date, limit: number): Promise<number> {
  const past = tx
    .selectFrom('identity_ceremonies')
    .select('id')
    .where('expires_at', '<=', now)
    .orderBy('expires_at')
    .limit(limit);
  const { numDeletedRows } = await tx
    .deleteFrom('identity_ceremonies')
    .where('id', 'in', past)
    .executeTakeFirst();
  return Number(numDeletedRows);
}

async function deleteChallenges(tx: Tx, before: Date, limit: number): Promise<number> {
  const past = tx
    .selectFrom('second_factor_challenges')
    .select('id')
    .where('created_at', '<=', before)
    .orderBy('created_at')
    .limit(limit);
  const { numDeletedRows } = await tx
    .deleteFrom('second_factor_challenges')
    .where('id', 'in', past)
    .executeTakeFirst();
  return Number(numDeletedRows);
}

async function deleteBegunTotps(tx: Tx, before: Date, limit: number): Promise<number> {
  const past = tx
    .selectFrom('totp_factors')
    .select('id')
    .where('confirmed_at', 'is', null)
    .where('begun_at', '<=', before)
    .orderBy('begun_at')
    .limit(limit);
  const { numDeletedRows } = await tx
    .deleteFrom('totp_factors')
    .where('id', 'in', past)
    // Again, for one that is confirmed at this moment.
    .where('confirmed_at', 'is', null)
    .executeTakeFirst();
  return Number(numDeletedRows);
}
